import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DowntimeSample } from '../../../domain/downtime-report.ts';
import { isErrno } from '../errno.ts';

const sampleSchema = z.object({
  /** A run that was reset has a second environment, whose upgrade is another one. */
  environment: z.string(),
  at: z.number(),
  tookMs: z.number(),
  ok: z.boolean(),
  /** What was wrong with the answer. */
  fault: z.string().optional(),
});
export type RecordedSample = z.infer<typeof sampleSchema>;

/** Appends a sample as a line of JSON. Synchronous, so that it is there when the worker is killed next. */
export function appendSample(path: string, sample: RecordedSample): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(sample)}\n`);
}

/** All samples of an environment, those of earlier attempts included; a line that a crash cut short is left out. */
export async function readSamples(path: string, environmentId: string): Promise<readonly DowntimeSample[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const sample = parseLine(line);
    return sample?.environment === environmentId ? [sample] : [];
  });
}

function parseLine(line: string): RecordedSample | undefined {
  try {
    return sampleSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

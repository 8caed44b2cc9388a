import { z } from 'zod';
import type { DowntimeSample } from '../../../domain/downtime-report.ts';
import { appendLine, readLines } from '../json-lines.ts';

export const sampleSchema = z.object({
  /** A run that was reset has a second environment, whose upgrade is another one. */
  environment: z.string(),
  at: z.number(),
  tookMs: z.number(),
  ok: z.boolean(),
  /** What was wrong with the answer. */
  fault: z.string().optional(),
});
export type RecordedSample = z.infer<typeof sampleSchema>;

/** Keeps a sample for the attempts that come after this one. */
export function appendSample(path: string, sample: RecordedSample): void {
  appendLine(path, sample);
}

/** All samples of an environment, those of earlier attempts included. */
export async function readSamples(path: string, environmentId: string): Promise<readonly DowntimeSample[]> {
  return (await readLines(path)).flatMap((line) => {
    const sample = sampleSchema.safeParse(line).data;
    return sample?.environment === environmentId ? [sample] : [];
  });
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { planSchema } from '../../../domain/plan.ts';
import type { Results } from '../../../domain/results.ts';
import { recordSchema as backupSchema } from '../backup-record.ts';
import { sampleSchema } from '../downtime/samples.ts';
import { readLines } from '../json-lines.ts';
import type { HostPaths } from '../paths.ts';
import type { Picture, ReportFacts } from './facts.ts';
import { gatherLogs } from './gather-logs.ts';

/** Of one screenshot, in bytes. */
export const PICTURE_LIMIT = 1024 * 1024;
/** Of all screenshots of a run together. */
export const PICTURES_LIMIT = 6 * 1024 * 1024;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const waitSchema = z.object({ at: z.iso.datetime(), stage: z.string(), waitingFor: z.string() });

/** Reads what the folder of a run holds for its report; a file that is missing or unreadable leaves its part out. */
export async function gatherFacts(paths: HostPaths, results: Results): Promise<ReportFacts> {
  const { runId, environmentId, startedAt } = results;
  const run = paths.run(runId);
  const [plan, waits, samples, backups, logs, screenshots, traces, names] = await Promise.all([
    readPlan(paths.plan(runId)),
    parsed(paths.timeline(runId), waitSchema),
    parsed(paths.downtime(runId), sampleSchema),
    parsed(paths.backupAttempts(runId), backupSchema),
    gatherLogs(join(run, 'logs'), startedAt, firstCause(results)),
    gatherPictures(paths.screenshots(runId)),
    list(paths.traces(runId)),
    list(run),
  ]);
  return {
    results,
    plan,
    waits: waits.filter(({ at }) => at >= startedAt),
    samples: samples.filter(({ environment }) => environment === environmentId).sort((a, b) => a.at - b.at),
    backups: backups.filter(({ environment }) => environment === environmentId),
    logs,
    screenshots,
    traces,
    files: names.filter((name) => /\.(?:json|xml|ndjson)$/.test(name)),
  };
}

/** The stage that the run's code comes from. */
export function firstCause({ stages }: Results): string | undefined {
  return stages.find(({ status }) => status !== 'pass' && status !== 'skip')?.name;
}

async function readPlan(path: string): Promise<ReportFacts['plan']> {
  try {
    return planSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

async function parsed<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  return (await readLines(path)).flatMap((line) => schema.safeParse(line).data ?? []);
}

async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}

async function gatherPictures(folder: string): Promise<Picture[]> {
  let room = PICTURES_LIMIT;
  const pictures: Picture[] = [];
  for (const name of (await list(folder)).filter((one) => one.endsWith('.png'))) {
    const path = join(folder, name);
    const { size } = await stat(path);
    const content = size <= Math.min(PICTURE_LIMIT, room) ? await readFile(path) : undefined;
    // Specs made the file; a page of another kind is not shown.
    if (content?.subarray(0, PNG.length).equals(PNG)) {
      room -= size;
      pictures.push({ name, content: content.toString('base64') });
    } else pictures.push({ name });
  }
  return pictures;
}

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { resultsSchema, type Results, type TeardownReport } from '../domain/results.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { isErrno } from './support/errno.ts';

/**
 * Writes `results.json` of a run; whoever reads it sees all of it or nothing. The id of a run is used again when the same
 * request is made again: results of an execution that started later are left alone.
 */
export async function writeResults({ paths }: HostDependencies, results: Results): Promise<{ path: string }> {
  const path = paths.results(results.runId);
  const published = await readResults(path);
  if (published && Date.parse(published.startedAt) > Date.parse(results.startedAt)) return { path };
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(resultsSchema.parse(results), undefined, 2)}\n`);
  await rename(draft, path);
  return { path };
}

/** A leak that was removed later: the record keeps its verdict and says that nothing is left now. */
export async function amendResults(
  deps: HostDependencies,
  { runId, environmentId, teardown }: { runId: string; environmentId: string; teardown: TeardownReport },
): Promise<void> {
  const published = await readResults(deps.paths.results(runId));
  if (published?.environmentId === environmentId) await writeResults(deps, { ...published, teardown });
}

async function readResults(path: string): Promise<Results | undefined> {
  try {
    return resultsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

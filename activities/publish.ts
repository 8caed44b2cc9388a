import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { resultsSchema, type Results, type TeardownReport } from '../domain/results.ts';
import type { HostDependencies } from './host-dependencies.ts';

/** Writes `results.json` of a run; whoever reads it sees all of it or nothing. */
export async function writeResults({ paths }: HostDependencies, results: Results): Promise<{ path: string }> {
  const path = paths.results(results.runId);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(resultsSchema.parse(results), undefined, 2)}\n`);
  await rename(draft, path);
  return { path };
}

/** A leak that was removed later: the record keeps its verdict and says that nothing is left now. */
export async function amendResults(
  deps: HostDependencies,
  { runId, teardown }: { runId: string; teardown: TeardownReport },
): Promise<void> {
  const published = resultsSchema.parse(JSON.parse(await readFile(deps.paths.results(runId), 'utf8')));
  await writeResults(deps, { ...published, teardown });
}

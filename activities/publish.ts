import { CodedError } from '../domain/errors.ts';
import { withSeen, type Seen } from '../domain/failure-signature.ts';
import { toJunit } from '../domain/junit.ts';
import { resultsSchema, type Results, type TeardownReport } from '../domain/results.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { keepBackupSizes } from './support/backup-sizes.ts';
import type { HostPaths } from './support/paths.ts';
import { readDocument } from './support/read-document.ts';
import { writeReport } from './support/report/write-report.ts';
import { findSeen } from './support/run-index/find-seen.ts';
import { recordRun } from './support/run-index/record-run.ts';
import { openStageLog } from './support/stage-log.ts';
import { writeDurably } from './support/write-durably.ts';

/** The index serves history only, so a run does not wait for it for ever. */
const INDEX_ATTEMPTS = 5;

/**
 * Writes `results.json`, `junit.xml` and `report.html` of a run; whoever reads them sees all or nothing. The id of a run
 * is used again when the same request is made again: results of an execution that started later are left alone. The
 * index gets both. Answers where the failure was seen before, which the results on the disk say as well.
 * Rejects with `E_INDEX`, to be tried again, while the index cannot be written; the files are safe then.
 */
export async function writeResults(
  { paths }: HostDependencies,
  known: Results,
  attempt = 1,
): Promise<{ path: string; seen?: Seen }> {
  const path = paths.results(known.runId);
  const seen = await seenBefore(paths, known);
  const results = withSeen(known, seen);
  const published = await readResults(path);
  if (!published || Date.parse(published.startedAt) <= Date.parse(results.startedAt)) {
    const checked = resultsSchema.parse(results);
    await writeDurably(path, `${JSON.stringify(checked, undefined, 2)}\n`);
    await writeDurably(paths.junit(results.runId), toJunit(checked));
    if (checked.teardown) {
      await writeDurably(
        paths.teardown(results.runId),
        `${JSON.stringify(checked.teardown, undefined, 2)}\n`,
      );
    }
    await keepBackupSizes(paths, checked);
    // The last one: it links to the others.
    await writeReport(paths, checked);
  }
  try {
    await recordRun(paths.index, results, path);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    openStageLog(paths.stageLog(results.runId, 'publish'))(`index, attempt ${attempt}: ${detail}`);
    if (attempt < INDEX_ATTEMPTS) throw new CodedError('E_INDEX', detail, { cause: error });
  }
  return { path, ...(seen === undefined ? {} : { seen }) };
}

/** It only informs: the results are written without it. */
async function seenBefore(paths: HostPaths, results: Results): Promise<Seen | undefined> {
  try {
    return await findSeen(paths.index, results);
  } catch (error) {
    openStageLog(paths.stageLog(results.runId, 'publish'))(`the index cannot be read: ${String(error)}`);
    return undefined;
  }
}

/** A leak that was removed later: the record keeps its verdict and says that nothing is left now. */
export async function amendResults(
  deps: HostDependencies,
  { runId, environmentId, teardown }: { runId: string; environmentId: string; teardown: TeardownReport },
  attempt = 1,
): Promise<void> {
  const published = await readResults(deps.paths.results(runId));
  if (published?.environmentId === environmentId) {
    await writeResults(deps, { ...published, teardown }, attempt);
  }
}

/** Undefined when there are none, or none of this schema: what cannot be read must not keep new results out. */
export function readResults(path: string): Promise<Results | undefined> {
  return readDocument(path, resultsSchema);
}

import type { Results } from '../../../domain/results.ts';
import type { HostPaths } from '../paths.ts';
import { openStageLog } from '../stage-log.ts';
import { writeDurably } from '../write-durably.ts';
import { gatherFacts } from './gather-facts.ts';
import { renderReport } from './render-report.ts';

/**
 * Writes `report.html` from the results and from what the folder of the run holds. Never rejects: the results are what
 * counts, and a page that could not be made is said in the log `publish`.
 */
export async function writeReport(paths: HostPaths, results: Results): Promise<void> {
  try {
    await writeDurably(paths.report(results.runId), renderReport(await gatherFacts(paths, results)));
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    openStageLog(paths.stageLog(results.runId, 'publish'))(`report: ${detail}`);
  }
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConfig } from '../domain/config.ts';
import { runFolder } from './links.ts';
import { checkRunId } from './run-ids.ts';
import { UserError } from './user-error.ts';

/** A run and its report on this host. */
export interface FoundReport {
  readonly runId: string;
  readonly path: string;
}

/** Path of the report of a run on its host; it is written when the run ends. */
export function reportPath(config: DataConfig, runId: string): string {
  return join(runFolder(config, runId), 'report.html');
}

/**
 * The report of a run, or the one that was written last.
 * @throws UserError when there is none
 */
export function findReport(config: DataConfig, runId: string | undefined): FoundReport {
  return runId === undefined ? latest(config) : ofRun(config, runId);
}

function ofRun(config: DataConfig, runId: string): FoundReport {
  const path = reportPath(config, checkRunId(runId));
  if (existsSync(path)) return { runId, path };
  if (!existsSync(runFolder(config, runId))) {
    throw new UserError(`there is no run "${runId}" on this host`, '`cc-ci list` lists the runs');
  }
  throw new UserError(
    `${runId} has no report yet`,
    `A report is written when its run ends; \`cc-ci status ${runId}\` shows how far it is`,
  );
}

function latest(config: DataConfig): FoundReport {
  const folder = join(config.CCI_DATA, 'runs');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const reports = names.flatMap((runId) => {
    const path = reportPath(config, runId);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ runId, path, writtenMs: stat.mtimeMs }] : [];
  });
  const [first] = reports.sort((a, b) => b.writtenMs - a.writtenMs);
  if (first) return { runId: first.runId, path: first.path };
  throw new UserError('there is no report on this host yet', '`cc-ci run <recipe>` makes one');
}

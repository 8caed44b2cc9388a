import { join } from 'node:path';
import { buildResults } from '../../domain/build-results.ts';
import type { ClientConfig } from '../../domain/config.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { toJunit } from '../../domain/junit.ts';
import type { RunInput } from '../../domain/plan.ts';
import type { Results } from '../../domain/results.ts';
import { reportPath } from '../find-report.ts';
import type { Ending } from '../follow-run.ts';
import { runFolder } from '../links.ts';
import { paintFor } from './colours.ts';
import { INTERRUPTED, terminal } from './context.ts';
import { exitCodeOf, renderSummary, renderVerdict, renderVerdictFields } from './format.ts';
import { replaceFile } from './output-file.ts';
import { isStackTemporary } from './stack.ts';

export interface FollowedRun {
  readonly input: RunInput;
  readonly runId: string;
  readonly startedAt: Date;
}

/**
 * Says how a run has ended, and writes what was asked for.
 * @returns the exit code
 */
export function conclude(
  config: ClientConfig,
  run: FollowedRun,
  ending: Ending,
  wanted: { readonly json?: true | undefined; readonly junit?: string | undefined },
): number {
  if (ending.kind === 'detached') {
    terminal.say(howToGoOn(run.runId));
    return INTERRUPTED;
  }
  const paint = paintFor(process.stderr);
  const reported = ending.kind === 'results' || ending.kind === 'held';
  const results = reported ? ending.results : resultsOfClosed(run, ending);
  if (reported) {
    for (const line of renderSummary(results, paint)) terminal.say(line);
  }
  terminal.say(renderVerdict(results, paint));
  if (reported) {
    terminal.say(`results: ${join(runFolder(config, results.runId), 'results.json')}`);
    terminal.say(`report: ${reportPath(config, results.runId)}`);
  }
  if (ending.kind === 'held') terminal.say(howToEndHold(run.runId, ending));
  // From the results themselves: the file of the run may be on another host, or never have been written.
  if (wanted.junit !== undefined) replaceFile(wanted.junit, toJunit(results));
  if (wanted.json) terminal.json(results);
  terminal.say(renderVerdictFields(results));
  return exitCodeOf(results);
}

/** What to do about a run that goes on without the command that started it. */
export function howToGoOn(runId: string): string {
  if (isStackTemporary()) {
    return `The stack stops now; after \`npm run up\` the run goes on, and \`cc-ci status ${runId}\` shows it.`;
  }
  return `The run goes on without this command: \`cc-ci status ${runId}\` shows it, \`cc-ci cancel ${runId}\` ends it, the same \`cc-ci run\` follows it again.`;
}

function howToEndHold(runId: string, { results, until }: Extract<Ending, { kind: 'held' }>): string {
  const where = results.domain === undefined ? 'The environment' : `https://${results.domain}`;
  return `${where} is held until ${until}: \`cc-ci release ${runId}\` removes it now, \`cc-ci hold ${runId} --for 1h\` keeps it longer.`;
}

type Forced = Extract<Ending, { kind: 'closed' | 'not-removed' }>;

/** A run that was closed before anybody could write results: what is known here. */
function resultsOfClosed({ input, runId, startedAt }: FollowedRun, ending: Forced): Results {
  return buildResults({
    input,
    runId,
    startedAt: startedAt.toISOString(),
    nowMs: Date.now(),
    stages: [],
    ended: howItEnded(ending),
    deployCount: 0,
    images: [],
  });
}

function howItEnded(ending: Forced): { code: ErrorCode; reason: string } {
  if (ending.kind === 'not-removed') {
    const reason = `the run was closed from outside, and ${ending.guard} has not reported the removal in time`;
    return { code: 'E_RESIDUE', reason };
  }
  const byForce = ['TERMINATED', 'GONE', 'CANCELLED'].includes(ending.status);
  const how = ending.status === 'GONE' ? 'deleted' : ending.status.toLowerCase().replaceAll('_', ' ');
  return { code: byForce ? 'E_TERMINATED' : 'E_INTERNAL', reason: `the run was ${how}; ${ending.detail}` };
}

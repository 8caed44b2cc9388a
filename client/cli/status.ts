import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { ClientConfig } from '../../domain/config.ts';
import { formatDuration } from '../../domain/format-duration.ts';
import { describeBreaker, type Health } from '../../domain/health.ts';
import { hostPoolId } from '../../domain/queues.ts';
import type { Results } from '../../domain/results.ts';
import { withClient } from '../connection.ts';
import { look, resultsOf, type Snapshot } from '../follow-run.ts';
import { findGuards, guardReport } from '../guard-report.ts';
import { uiLink } from '../links.ts';
import { within } from '../rpc.ts';
import { checkRunId } from '../run-ids.ts';
import { UserError } from '../user-error.ts';
import { visibleRuns, type VisibleRun } from '../visible-runs.ts';
import { poolState, positionOf } from '../waiting.ts';
import { paintFor } from './colours.ts';
import { terminal } from './context.ts';
import { renderSummary, renderTable, renderVerdict } from './format.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

const RECENT = 10;
const MOST_OPEN = 100;
const ANSWER_MS = 5_000;

export function addStatus(program: Command): void {
  const status = program
    .command('status')
    .description('show the open runs and the latest ones, or one run in full')
    .argument('[run]', 'id of a run')
    .option('--json', 'print one JSON document')
    .action(async (run: string | undefined, options: { json?: true }) => {
      const runId = run === undefined ? undefined : checkRunId(run);
      await withStack(async () => {
        const config = terminal.config();
        const json = options.json ?? false;
        await withClient(config, (client) =>
          runId === undefined ? showAll(client, config, json) : showOne(client, config, runId, json),
        );
        return 0;
      });
    });
  helpAfter(status, {
    examples: [
      ['cc-ci status', 'what runs now, what waits and in which place, and what has ended'],
      ['cc-ci status run-ghost-3f2a9c1d0b4e-1a2b3c', 'one run, with its link into the Temporal UI'],
    ],
    exits: 'plain',
  });
}

async function showAll(client: Client, config: ClientConfig, json: boolean): Promise<void> {
  const open = await visibleRuns(client, `ExecutionStatus = 'Running'`, MOST_OPEN);
  const closed = await visibleRuns(client, `ExecutionStatus != 'Running'`, RECENT);
  const pool = await poolState(client, hostPoolId(config.CCI_HOST));
  const health = pool?.health ?? [];
  const runs = [...open, ...closed].map((run) => ({
    ...run,
    position: run.status === 'running' ? positionOf(run.runId, pool) : undefined,
  }));
  if (json) terminal.json({ runs, health });
  else if (runs.length === 0) terminal.print('There are no runs yet; `cc-ci run <recipe>` starts one.');
  else for (const run of runs) terminal.print(lineOf(run));
  if (!json) for (const line of healthLines(health, config.CCI_HOST, Date.now())) terminal.print(line);
}

/** What keeps runs waiting now; a fault that is only counted, or is to be tried again, keeps nobody. */
export function healthLines(health: Health, host: string, nowMs: number): string[] {
  return health
    .filter(({ untilMs = 0 }) => untilMs > nowMs)
    .map((breaker) => `Runs that need it wait: ${describeBreaker(breaker, host)}`);
}

function lineOf(run: VisibleRun & { position: number | undefined }): string {
  const queue =
    run.position === undefined || run.position === 0 ? '' : ` (place ${run.position} in the queue)`;
  const state = run.verdict ?? (run.status === 'running' ? (run.stage ?? 'starting') : run.status);
  const what = `${run.recipe ?? ''} ${run.ref ?? ''}`;
  return `${run.runId.padEnd(44)} ${what.padEnd(28)} ${state.padEnd(12)} ${formatDuration(run.durationMs)}${queue}`;
}

async function showOne(client: Client, config: ClientConfig, runId: string, json: boolean): Promise<void> {
  const paint = paintFor(process.stdout);
  const state = await look(client, runId, config.CCI_HOST);
  if (state.kind === 'open') {
    const { snapshot } = state;
    const startedMs = state.since?.getTime() ?? Date.now();
    if (json) terminal.json({ runId, status: 'running', ...withoutNotice(snapshot) });
    else
      for (const line of renderTable(runId, snapshot, { startedMs, nowMs: Date.now(), paint })) {
        terminal.print(line);
      }
  } else {
    const results = await readClosed(client, runId, state.status);
    if (json) terminal.json({ runId, status: state.status.toLowerCase(), results });
    else {
      for (const line of results ? renderSummary(results, paint) : []) terminal.print(line);
      terminal.print(`${runId}: ${results ? renderVerdict(results, paint) : state.status.toLowerCase()}`);
    }
  }
  if (!json) terminal.print(`UI: ${await uiLink(config, runId)}`);
}

function withoutNotice({ progress, position, activities, notice }: Snapshot) {
  return { progress, position, activities, notice };
}

/**
 * Results of a closed run, its own or those its guard wrote; undefined when nobody wrote any.
 * @throws UserError when there is no such run, or another version wrote its results
 */
async function readClosed(client: Client, runId: string, status: string): Promise<Results | undefined> {
  if (status === 'COMPLETED') return within(client, ANSWER_MS, () => resultsOf(client, runId));
  const [guard] = await findGuards(client, runId);
  if (guard === undefined && status === 'GONE') {
    throw new UserError(`there is no run "${runId}"`, '`cc-ci list` shows the runs');
  }
  const report = guard === undefined ? 'gone' : await guardReport(client, guard);
  return report === 'gone' || report === 'open' ? undefined : report.results;
}

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Command } from 'commander';
import type { ClientConfig } from '../../domain/config.ts';
import { hostPoolId } from '../../domain/queues.ts';
import { resultsSchema, type Results } from '../../domain/results.ts';
import { withClient } from '../connection.ts';
import { look, type Snapshot } from '../follow-run.ts';
import { findGuards, guardReport } from '../guard-report.ts';
import { uiLink } from '../links.ts';
import { SEARCH_KEYS } from '../search-attributes.ts';
import { UserError } from '../user-error.ts';
import { poolState, positionOf } from '../waiting.ts';
import { terminal } from './context.ts';
import { formatDuration, renderSummary, renderTable, renderVerdict } from './format.ts';
import { withStack } from './stack.ts';

const RECENT = 10;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('show the open runs and the latest ones, or one run in full')
    .argument('[run]', 'id of a run')
    .option('--json', 'print one JSON document')
    .action(async (run: string | undefined, options: { json?: true }) => {
      await withStack(async () => {
        const config = terminal.config();
        const json = options.json ?? false;
        await withClient(config, (client) =>
          run === undefined ? showAll(client, config, json) : showOne(client, config, run, json),
        );
        return 0;
      });
    });
}

async function showAll(client: Client, config: ClientConfig, json: boolean): Promise<void> {
  const open = await list(client, `WorkflowType = 'recipeRun' AND ExecutionStatus = 'Running'`, 100);
  const closed = await list(client, `WorkflowType = 'recipeRun' AND ExecutionStatus != 'Running'`, RECENT);
  const pool = open.length > 0 ? await poolState(client, hostPoolId(config.CCI_HOST)) : undefined;
  const runs = [...open, ...closed].map((info) => ({
    ...describe(info),
    position: info.status.name === 'RUNNING' ? positionOf(info.workflowId, pool) : undefined,
  }));
  if (json) terminal.json({ runs });
  else if (runs.length === 0) terminal.print('There are no runs yet; `cc-ci run <recipe>` starts one.');
  else for (const run of runs) terminal.print(lineOf(run));
}

async function list(client: Client, query: string, limit: number): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const info of client.workflow.list({ query, pageSize: limit })) {
    found.push(info);
    if (found.length === limit) break;
  }
  return found;
}

function describe(info: WorkflowExecutionInfo) {
  const attributes = info.typedSearchAttributes;
  return {
    runId: info.workflowId,
    status: info.status.name.toLowerCase(),
    recipe: attributes.get(SEARCH_KEYS.recipe),
    ref: attributes.get(SEARCH_KEYS.ref),
    stage: attributes.get(SEARCH_KEYS.stage),
    verdict: attributes.get(SEARCH_KEYS.verdict),
    level: attributes.get(SEARCH_KEYS.level),
    startedAt: info.startTime.toISOString(),
    durationMs: (info.closeTime ?? new Date()).getTime() - info.startTime.getTime(),
  };
}

function lineOf(run: ReturnType<typeof describe> & { position: number | undefined }): string {
  const queue =
    run.position === undefined || run.position === 0 ? '' : ` (place ${run.position} in the queue)`;
  const state = run.verdict ?? (run.status === 'running' ? (run.stage ?? 'starting') : run.status);
  const what = `${run.recipe ?? ''} ${run.ref ?? ''}`;
  return `${run.runId.padEnd(44)} ${what.padEnd(28)} ${state.padEnd(12)} ${formatDuration(run.durationMs)}${queue}`;
}

async function showOne(client: Client, config: ClientConfig, runId: string, json: boolean): Promise<void> {
  const state = await look(client, runId, config.CCI_HOST);
  if (state.kind === 'open') {
    const { snapshot, since } = state;
    if (json) terminal.json({ runId, status: 'running', ...withoutNotice(snapshot) });
    else for (const line of table(runId, snapshot, since)) terminal.print(line);
  } else {
    const results = await readClosed(client, runId, state.status);
    if (json) terminal.json({ runId, status: state.status.toLowerCase(), results });
    else {
      for (const line of results ? renderSummary(results) : []) terminal.print(line);
      terminal.print(`${runId}: ${results ? renderVerdict(results) : state.status.toLowerCase()}`);
    }
  }
  if (!json) terminal.print(`UI: ${await uiLink(config, runId)}`);
}

function table(runId: string, snapshot: Snapshot, since: Date | undefined): string[] {
  return renderTable(runId, snapshot, since?.getTime() ?? Date.now(), Date.now());
}

function withoutNotice({ progress, position, activities, notice }: Snapshot) {
  return { progress, position, activities, notice };
}

/** Results of a closed run, its own or those its guard wrote; undefined when there are none of this schema. */
async function readClosed(client: Client, runId: string, status: string): Promise<Results | undefined> {
  if (status === 'COMPLETED') {
    const result: unknown = await client.workflow.getHandle(runId).result();
    return resultsSchema.safeParse(result).data;
  }
  const [guard] = await findGuards(client, runId);
  if (guard === undefined && status === 'GONE') {
    throw new UserError(`there is no run "${runId}"`, '`cc-ci status` lists the runs');
  }
  const report = guard === undefined ? 'gone' : await guardReport(client, guard);
  return report === 'gone' || report === 'open' ? undefined : report.results;
}

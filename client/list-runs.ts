import type { Client } from '@temporalio/client';
import type { DataConfig } from '../domain/config.ts';
import { verdictSchema, type Verdict } from '../domain/results.ts';
import { pastRuns, type RunFilter } from './run-history.ts';
import { visibleRuns, type VisibleRun } from './visible-runs.ts';

/** One line of the list. */
export interface ListedRun {
  readonly runId: string;
  readonly status: 'open' | 'closed';
  readonly recipe: string;
  readonly ref: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Of a closed run; absent when nobody knows it any more. */
  readonly verdict?: Verdict | undefined;
  /** Stage under way, of an open run. */
  readonly stage?: string | undefined;
  readonly code?: string | undefined;
  readonly level?: number | undefined;
  readonly head?: string | undefined;
  readonly version?: string | undefined;
  readonly class?: string | undefined;
  readonly partial?: boolean | undefined;
  readonly leaked?: boolean | undefined;
}

export interface ListFilter extends RunFilter {
  /** All verdicts, and open runs too, when absent. */
  readonly verdicts?: ReadonlySet<Verdict> | undefined;
  readonly limit: number;
}

/**
 * Closed runs from the index, which outlives the histories of the server, with those that the server alone knows: open
 * ones, such as were closed by force before anybody could write results, and what an index that was lost had.
 * @param client absent when the server does not answer: then the index alone
 */
export async function listRuns(
  client: Client | undefined,
  config: DataConfig,
  filter: ListFilter,
): Promise<ListedRun[]> {
  // The server first: a run that closes meanwhile is then in the index, and not in neither.
  const known = client ? await visible(client, filter) : [];
  const past = pastRuns(config, filter);
  const recorded = new Set(past.map(keyOf));
  const others = known.filter((run) => !recorded.has(keyOf(run))).map(toListed);
  const runs: ListedRun[] = [...past.map((run) => ({ ...run, status: 'closed' as const })), ...others];
  return runs
    .filter(({ verdict }) => !filter.verdicts || (verdict !== undefined && filter.verdicts.has(verdict)))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0))
    .slice(0, filter.limit);
}

/** The same request made again has the same run id. */
function keyOf({ runId, startedAt }: { runId: string; startedAt: string }): string {
  return `${runId} ${startedAt}`;
}

function visible(client: Client, { recipe, since, until, limit }: ListFilter): Promise<VisibleRun[]> {
  const conditions = [
    // A recipe name has no character that could end the string.
    ...(recipe === undefined ? [] : [`CciRecipe = '${recipe}'`]),
    ...(since ? [`StartTime >= '${since.toISOString()}'`] : []),
    ...(until ? [`StartTime <= '${until.toISOString()}'`] : []),
  ];
  return visibleRuns(client, conditions.length === 0 ? undefined : conditions.join(' AND '), limit);
}

function toListed(run: VisibleRun): ListedRun {
  const { runId, status, recipe = '', ref = '', stage, level, startedAt, durationMs } = run;
  const open = status === 'running' || status === 'paused';
  const rest = open ? { stage } : { verdict: verdictOf(run), level };
  return { runId, status: open ? 'open' : 'closed', recipe, ref, startedAt, durationMs, ...rest };
}

/** Its own, or as the command that followed it to its end by force grades it. */
function verdictOf({ status, verdict }: VisibleRun): Verdict | undefined {
  if (status === 'completed') return verdictSchema.safeParse(verdict).data;
  return status === 'failed' || status === 'timed_out' ? 'errored' : 'cancelled';
}

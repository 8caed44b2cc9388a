import type { Stage, StageStatus } from './stages.ts';

/** What the index keeps of one whole run, for looking back. */
export interface PastOutcome {
  readonly recipe: string;
  readonly runId: string;
  readonly head: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly stage: Stage;
  /** Absent: the stage itself. */
  readonly test?: string;
  readonly status: StageStatus;
  /** The most attempts that one of its steps took. */
  readonly attempts: number;
}

/** How reliable a stage or a test of a recipe is. */
export interface FlakeRate {
  readonly recipe: string;
  readonly stage: Stage;
  readonly test?: string;
  /** In which it ran. */
  readonly runs: number;
  /** In which it took more than one attempt, after a fault of the infrastructure. */
  readonly retried: number;
  /** In which its outcome was another than in the run before of the same head. */
  readonly changed: number;
  /** Share of the runs with either, from 0 to 1. */
  readonly rate: number;
  /** The last run with either. */
  readonly lastRunId?: string;
}

/**
 * The flake rate of every stage and test, the highest first. An attempt that failed counts although the verdict was green
 * (spec R-26), and a green after a red of the same head is a flake, not a success (spec R-45). What infrastructure or the
 * harness ended says nothing about the outcome of a test.
 */
export function flakeRates(outcomes: readonly PastOutcome[]): readonly FlakeRate[] {
  const groups = Map.groupBy(outcomes, ({ recipe, stage, test }) => JSON.stringify([recipe, stage, test]));
  return [...groups.values()]
    .flatMap((group) => {
      const ran = group.filter(({ status, attempts }) => status !== 'skip' && attempts > 0);
      return ran.length === 0 ? [] : [rateOf(ran.toSorted(byTime))];
    })
    .toSorted((a, b) => b.rate - a.rate || a.recipe.localeCompare(b.recipe));
}

function byTime(a: PastOutcome, b: PastOutcome): number {
  return a.startedAt < b.startedAt ? -1 : 1;
}

/** @param ran oldest first, at least one */
function rateOf(ran: readonly PastOutcome[]): FlakeRate {
  const lastOf = new Map<string, StageStatus>();
  let [retried, changed, flaky] = [0, 0, 0];
  let lastRunId: string | undefined;
  for (const { head, status, attempts, runId } of ran) {
    const isRetried = attempts > 1;
    const isOutcome = status === 'pass' || status === 'fail';
    const before = lastOf.get(head);
    const isChanged = isOutcome && before !== undefined && before !== status;
    if (isOutcome) lastOf.set(head, status);
    retried += Number(isRetried);
    changed += Number(isChanged);
    if (isRetried || isChanged) {
      flaky += 1;
      lastRunId = runId;
    }
  }
  const [first] = ran;
  if (!first) throw new Error('a rate needs a run');
  const { recipe, stage, test } = first;
  const last = lastRunId === undefined ? {} : { lastRunId };
  return {
    recipe,
    stage,
    ...(test === undefined ? {} : { test }),
    runs: ran.length,
    retried,
    changed,
    rate: flaky / ran.length,
    ...last,
  };
}

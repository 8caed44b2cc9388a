import type { Results } from './results.ts';

const MINUTE_MS = 60_000;

/** The shortest hold that a person can ask for. */
export const LEAST_HOLD_MS = MINUTE_MS;
/** The longest one, from its begin and with all its extensions. */
export const MOST_HOLD_MS = 240 * MINUTE_MS;
/** How long a held environment still stays after word that a waiting pull request needs its host. */
export const EVICTION_NOTICE_MS = 30_000;

/** Sent by the run to its guard, when its results are published; sent again, the last one counts. */
export interface Hold {
  /** Epoch milliseconds. */
  readonly untilMs: number;
  /** As published; the guard completes them with the removal when the run no longer can. */
  readonly results: Results;
}

/** Sent by the guard to its run, whenever the hold is about to end earlier or has ended. */
export interface HoldNews {
  readonly environmentId: string;
  /** Epoch milliseconds. */
  readonly untilMs: number;
  /** Why, as a clause: "run-ghost-… of a pull request needs the host". */
  readonly notice: string;
  readonly over: boolean;
}

/** An environment that is kept on a host, in the words of the host's pool. */
export interface Kept {
  /** Workflow id of the guard. */
  readonly holder: string;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** Why an environment cannot be held for that long; undefined when it can. `sinceMs` is the begin of a hold under way. */
export function faultOfHold(forMs: number, nowMs: number, sinceMs = nowMs): string | undefined {
  const whole = Number.isInteger(forMs);
  if (whole && forMs >= LEAST_HOLD_MS && nowMs + forMs <= sinceMs + MOST_HOLD_MS) return undefined;
  const already = nowMs === sinceMs ? '' : ` and was held since ${clockTime(sinceMs)}`;
  return `an environment is held for 1 minute to 4 hours in all${already}`;
}

/** "14:05 UTC": the time of the day in the words of the details, which people of several zones read. */
export function clockTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 16)} UTC`;
}

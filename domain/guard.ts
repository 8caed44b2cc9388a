import type { ErrorCode } from './errors.ts';
import type { HealthNews } from './health.ts';
import type { Environment, RunInput } from './plan.ts';
import type { Results, TeardownReport, Verdict } from './results.ts';
import type { StageResult } from './stages.ts';

/** How often a guard tries again what it could not remove in time. */
export const LATE_EVERY_MS = 10 * 60_000;

/** Input of the `environmentGuard` workflow: enough to remove and to report, whatever becomes of the run. */
export interface GuardInput {
  readonly environment: Environment;
  readonly run: RunInput;
  /** What the run had found out before it had this environment. */
  readonly sofar: {
    readonly stages: readonly StageResult[];
    readonly baseFailure: { readonly code: ErrorCode; readonly reason: string } | undefined;
  };
  /** ISO time at which the run started. */
  readonly startedAt: string;
  /** The environment is removed when it gets older than this. */
  readonly ttlMs: number;
  /** Registries that the run needs; those of a guard that was started before they were told are not known. */
  readonly registries?: readonly string[];
}

/** Sent by the run when it is done with the environment. */
export interface Release {
  /** The run ended before its stages were through. */
  readonly abnormal: boolean;
  /** Of the run, as far as it is known before the removal; absent when the run goes on with another environment. */
  readonly verdict?: Verdict;
  /** What the run learned about its host and its registries; the guard hands it on with the lease. */
  readonly health?: readonly HealthNews[];
}

/** What the guard learns while the run lives, so that it can report when the run no longer can. */
export type StageNote = StageResult;

/** Result of the guard. `results` is present when the run was gone and the guard had to report for it. */
export interface GuardReport {
  readonly teardown: TeardownReport;
  readonly results?: Results;
}

/** Input of the guard in adopt mode: an environment that lost its run and its guard, found by the janitor. */
export interface AdoptionInput {
  readonly adopt: {
    readonly environmentId: string;
    /** Absent when nothing of the environment says whose it is. */
    readonly runId?: string;
    readonly instance: string;
    readonly host: string;
    /** Time between the passes for what is left. */
    readonly lateEveryMs: number;
  };
}

/** Input of the guard when it starts anew in the middle of its passes for what is left, with an empty history. */
export interface LateInput {
  readonly late: {
    readonly environment: Environment;
    readonly report: GuardReport;
    readonly everyMs: number;
  };
}

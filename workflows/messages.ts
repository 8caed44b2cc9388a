import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Release, StageNote } from '../domain/guard.ts';
import type { Health, HealthNews } from '../domain/health.ts';
import type { Hold, HoldNews, Kept } from '../domain/hold.ts';
import type { JanitorProgress } from '../domain/janitor.ts';
import type { RunInput } from '../domain/plan.ts';
import type { Progress } from '../domain/progress.ts';
import type { Results, TeardownReport } from '../domain/results.ts';
import type { WarmStatus } from '../domain/warm.ts';

/** Run: what it does now. */
export const progressQuery = defineQuery<Progress>('progress');

/** Janitor: what it does now. */
export const janitorProgressQuery = defineQuery<JanitorProgress>('janitorProgress');

/** Run: its results, once they are published; a run whose environment is held is still open then. */
export const resultsQuery = defineQuery<Results | undefined>('results');

/**
 * Run: end the stages, remove the environment and close as cancelled. While the environment is held the verdict stands,
 * and the environment goes. Rejected once the removal has begun.
 */
export const cancelRunUpdate = defineUpdate<void, [{ readonly reason: string }]>('cancelRun');

/**
 * Run: keep the environment for that long after the stages, or from now on when it is kept already. Answers until when
 * (epoch milliseconds), if that is known. Rejected when it is too long or too short, when the removal has begun, and
 * while another environment of the host is kept.
 */
export const holdUpdate = defineUpdate<{ readonly untilMs?: number }, [{ readonly forMs: number }]>('hold');

/** Run: the hold of its environment ends earlier, or has ended. */
export const holdNewsSignal = defineSignal<[HoldNews]>('holdNews');

/** Run: its guard holds the lease of the host. */
export const leaseHeldSignal = defineSignal<[{ readonly environmentId: string }]>('leaseHeld');

/** Run, or janitor: the guard could not verify the removal in time; it goes on, and the run closes as leaked. */
export const leakedSignal =
  defineSignal<[{ readonly environmentId: string; readonly report: TeardownReport }]>('leaked');

/** Guard: the run is done with the environment. */
export const releaseSignal = defineSignal<[Release]>('release');

/** Guard: keep the environment. Sent again, the last one counts. */
export const holdSignal = defineSignal<[Hold]>('hold');

/** Guard: the kept environment is no longer needed. Rejected when none is kept. */
export const releaseHoldUpdate = defineUpdate('release');

/** Guard: a pull request waits for the host, so the kept environment has to go soon. */
export const evictSignal = defineSignal<[{ readonly by: string }]>('evict');

/** Guard: a stage of the run has ended. */
export const stageNoteSignal = defineSignal<[StageNote]>('stageNote');

/** Guard: the host pool grants the lease. */
export const leaseGrantedSignal = defineSignal('leaseGranted');

/** Pool: a guard asks for the lease, or gives it back (also while it still waits). */
export const requestLeaseSignal = defineSignal<[LeaseRequest]>('requestLease');
export const returnLeaseSignal =
  defineSignal<[{ readonly holder: string; readonly health?: readonly HealthNews[] }]>('returnLease');

export interface LeaseRequest {
  readonly holder: string;
  readonly trigger: RunInput['trigger'];
  /** Workflow id of the run that waits; absent in requests of older guards. */
  readonly run?: string;
  /** Registries that it needs. */
  readonly registries?: readonly string[];
}

/** Run: why it is passed over while it waits for its host; empty when it no longer is. */
export const waitNewsSignal = defineSignal<[{ readonly reason: string }]>('waitNews');

/** Pool: the holder keeps its environment for people. */
export const keptSignal = defineSignal<[Kept]>('kept');

export interface PoolState {
  readonly holder: string | undefined;
  readonly waiting: readonly string[];
  readonly kept: Kept | undefined;
  /** What is ill, or was of late. */
  readonly health: Health;
}
export const poolStateQuery = defineQuery<PoolState>('poolState');

/** Warm provider: how it stands. */
export const warmStatusQuery = defineQuery<WarmStatus>('warmStatus');

/**
 * Warm provider: go over to the newest published version, if that is another one; what it does then is told by the
 * status. Rejected while runs use it, while it is being removed, and for a version without a run of its own that passed.
 */
export const upgradeWarmUpdate = defineUpdate<WarmStatus>('upgradeWarm');

/** Warm provider: be removed, with all data. Rejected while runs use it, unless forced. */
export const stopWarmUpdate = defineUpdate<WarmStatus, [{ readonly force: boolean }]>('stopWarm');

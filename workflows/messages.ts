import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Release, StageNote } from '../domain/guard.ts';
import type { Progress } from '../domain/progress.ts';
import type { TeardownReport } from '../domain/results.ts';

/** Run: what it does now. */
export const progressQuery = defineQuery<Progress>('progress');

/** Run: end the stages, remove the environment and close as cancelled. Rejected once the run is past its stages. */
export const cancelRunUpdate = defineUpdate<void, [{ readonly reason: string }]>('cancelRun');

/** Run: its guard holds the lease of the host. */
export const leaseHeldSignal = defineSignal<[{ readonly environmentId: string }]>('leaseHeld');

/** Run: the guard could not verify the removal in time; it goes on, and the run closes as leaked. */
export const leakedSignal =
  defineSignal<[{ readonly environmentId: string; readonly report: TeardownReport }]>('leaked');

/** Guard: the run is done with the environment. */
export const releaseSignal = defineSignal<[Release]>('release');

/** Guard: a stage of the run has ended. */
export const stageNoteSignal = defineSignal<[StageNote]>('stageNote');

/** Guard: the host pool grants the lease. */
export const leaseGrantedSignal = defineSignal('leaseGranted');

/** Pool: a guard asks for the lease, or gives it back (also while it still waits). */
export const requestLeaseSignal = defineSignal<[{ readonly holder: string }]>('requestLease');
export const returnLeaseSignal = defineSignal<[{ readonly holder: string }]>('returnLease');

export interface PoolState {
  readonly holder: string | undefined;
  readonly waiting: readonly string[];
}
export const poolStateQuery = defineQuery<PoolState>('poolState');

import type { WorkflowStatus } from '../activities/types.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { GuardInput } from '../domain/guard.ts';
import { buildResults } from '../domain/build-results.ts';
import type { Results, TeardownCause, TeardownReport } from '../domain/results.ts';
import type { StageResult } from '../domain/stages.ts';

/** Results of a run that can no longer write them: what its guard was told, and how the run ended. */
export function abnormalResults(known: {
  readonly input: Omit<GuardInput, 'ttlMs'>;
  readonly cause: TeardownCause;
  readonly status: WorkflowStatus;
  readonly notes: readonly StageResult[];
  readonly teardown: TeardownReport;
  readonly deployCount: number | undefined;
  readonly nowMs: number;
}): Results {
  const { input } = known;
  return buildResults({
    input: input.run,
    runId: input.environment.runId,
    environment: input.environment,
    startedAt: input.startedAt,
    nowMs: known.nowMs,
    stages: known.notes,
    baseFailure: input.sofar.baseFailure,
    ended: how(known.cause, known.status),
    teardown: known.teardown,
    deployCount: known.deployCount,
    images: [],
  });
}

function how(cause: TeardownCause, status: WorkflowStatus): { code: ErrorCode; reason: string } {
  if (cause === 'ttl') return { code: 'E_DEADLINE', reason: 'the environment outlived its time to live' };
  switch (status) {
    case 'TERMINATED':
      return { code: 'E_TERMINATED', reason: 'the run was terminated' };
    case 'GONE':
      return { code: 'E_TERMINATED', reason: 'the run was deleted' };
    case 'CANCELLED':
      return { code: 'E_CANCELLED', reason: 'the run was cancelled' };
    case 'GIVEN_UP':
      return { code: 'E_BUILD', reason: 'the workflows of the current build cannot go on with this run' };
    default:
      return { code: 'E_INTERNAL', reason: `the run closed as ${status} without reporting` };
  }
}

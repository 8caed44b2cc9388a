import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { errorFacts, isErrorCode, type ErrorCode } from '../domain/errors.ts';
import { failureDetailsSchema, type FailureDetails } from '../domain/failure-details.ts';
import type { StageStatus } from '../domain/stages.ts';

export interface Explained {
  readonly code: ErrorCode;
  readonly reason: string;
  /** What else the failure says: which registry it was. */
  readonly details?: FailureDetails;
}

/** The code and a short reason of whatever an activity failed with. */
export function explain(error: unknown): Explained {
  if (isCancellation(error)) return { code: 'E_CANCELLED', reason: 'cancelled' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type))
    return { code: cause.type, reason: cause.message, ...detailsOf(cause) };
  if (cause instanceof TimeoutFailure) {
    const what = error instanceof ActivityFailure ? error.activityType : 'an operation';
    return { code: 'E_COMMAND_TIMEOUT', reason: `${what} did not end in time (${cause.timeoutType})` };
  }
  return { code: 'E_INTERNAL', reason: String(cause) };
}

function detailsOf({ details }: ApplicationFailure): Pick<Explained, 'details'> {
  const found = failureDetailsSchema.safeParse(details?.[0]);
  return found.success ? { details: found.data } : {};
}

/** Whether a code is the fault of what is tested (`fail`) or of the place where it is tested (`error`). */
export function statusOf(code: ErrorCode): Extract<StageStatus, 'fail' | 'error'> {
  const { class: whose } = errorFacts(code);
  return whose === 'recipe' || whose === 'test' || whose === 'upstream' ? 'fail' : 'error';
}

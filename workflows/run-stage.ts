import { CancelledFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Attempted } from '../activities/types.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Assertion, Stage, StageResult } from '../domain/stages.ts';
import { explain, statusOf } from './failures.ts';
import type { RunRecord } from './run-record.ts';

/** What the operations and assertions of a stage came to. */
export interface StageFindings {
  readonly assertions: readonly Assertion[];
  readonly unverified?: string;
  /** Code for an assertion that does not hold; `E_ASSERTION` when absent. */
  readonly code?: ErrorCode;
}

/** Does one operation of a stage: `act` gets the summary that people see of it. */
export type Step = <T>(summary: string, act: (summary: string) => Promise<Attempted<T>>) => Promise<T>;

/** Runs one stage. Its outcome is data; only a cancellation leaves it as an exception. */
export async function runStage(
  record: RunRecord,
  name: Stage,
  body: (step: Step) => Promise<StageFindings>,
): Promise<StageResult> {
  const startedMs = Date.now();
  let attempts = 1;
  record.stageBegan(name);
  const step: Step = async (summary, act) => {
    record.doing(name, summary);
    const { value, attempt } = await act(summary);
    attempts = Math.max(attempts, attempt);
    return value;
  };
  const end = (outcome: Omit<StageResult, 'name' | 'durationMs' | 'attempts'>): StageResult => {
    const result = { name, durationMs: Date.now() - startedMs, attempts, ...outcome };
    record.stageEnded(result);
    return result;
  };
  try {
    return end(judge(await body(step)));
  } catch (error) {
    // An attempt whose worker died as it was told to stop ends as timed out; the run is being stopped all the same.
    const stopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
    const { code, reason } = stopped ? explain(new CancelledFailure('cancelled')) : explain(error);
    const result = end({ status: statusOf(code), code, reason, assertions: [] });
    if (stopped) throw new CancelledFailure(reason);
    return result;
  }
}

function judge(found: StageFindings): Omit<StageResult, 'name' | 'durationMs' | 'attempts'> {
  const assertions = [...found.assertions];
  const broken = assertions.find((assertion) => !assertion.ok);
  if (broken) {
    return {
      status: 'fail',
      code: found.code ?? 'E_ASSERTION',
      reason: `${broken.name}: ${broken.detail}`,
      assertions,
    };
  }
  if (found.unverified !== undefined) {
    return { status: 'unverified', code: 'E_SPEC', reason: found.unverified, assertions };
  }
  return { status: 'pass', assertions };
}

import { CancelledFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Attempted } from '../../activities/types.ts';
import { isErrorCode, type ErrorCode } from '../../domain/errors.ts';
import type { Assertion, SpecCounts, Stage, StageResult } from '../../domain/stages.ts';
import { withinBudget } from '../../domain/within-budget.ts';
import { explain, statusOf } from '../failures.ts';
import { Tries } from './tries.ts';
import type { RunRecord } from '../run-record.ts';

/** What the operations and assertions of a stage came to. */
export interface StageFindings {
  readonly assertions: readonly Assertion[];
  /** Why the stage does not apply to the recipe. */
  readonly skip?: string;
  /** Why nothing was proven although nothing failed. */
  readonly unverified?: string;
  /** Code of the stage when it is unverified, or when an assertion without a code of its own does not hold. */
  readonly code?: ErrorCode;
  readonly specs?: SpecCounts;
}

/** Does one operation of a stage: `act` gets the summary that people see of it. */
export type Step = <T>(summary: string, act: (summary: string) => Promise<Attempted<T>>) => Promise<T>;

type Outcome = Omit<StageResult, 'name' | 'startedAt' | 'durationMs' | 'attempts' | 'retries'>;

/** Runs one stage. Its outcome is data; only a cancellation leaves it as an exception. */
export async function runStage(
  record: RunRecord,
  name: Stage,
  body: (step: Step) => Promise<StageFindings>,
): Promise<StageResult> {
  const startedMs = Date.now();
  const tries = new Tries();
  record.stageBegan(name);
  const step: Step = async (summary, act) => {
    record.doing(name, summary);
    return tries.note(summary, () => act(summary));
  };
  const end = (outcome: Outcome): StageResult => {
    const startedAt = new Date(startedMs).toISOString();
    const durationMs = Date.now() - startedMs;
    const assertions = tries.mark(outcome.assertions);
    const result = { name, startedAt, durationMs, ...tries.counts, ...outcome, assertions };
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

/** Records a stage that does not run. */
export function endStage(
  record: RunRecord,
  name: Stage,
  outcome: { readonly status: 'skip' | 'unverified'; readonly reason: string; readonly code?: ErrorCode },
): StageResult {
  const result = { name, durationMs: 0, attempts: 0, assertions: [], ...outcome };
  record.stageEnded(result);
  return result;
}

/** Characters of all assertions of a stage: the results of six stages have to fit into one payload of 64 KiB. */
const BUDGET = 6000;

function judge(found: StageFindings): Outcome {
  const assertions = withinBudget(found.assertions, BUDGET);
  const specs = found.specs === undefined ? {} : { specs: found.specs };
  const broken = assertions.find((assertion) => !assertion.ok);
  if (broken) {
    const code = isErrorCode(broken.code) ? broken.code : (found.code ?? 'E_ASSERTION');
    return { status: statusOf(code), code, reason: `${broken.name}: ${broken.detail}`, assertions, ...specs };
  }
  if (found.skip !== undefined) return { status: 'skip', reason: found.skip, assertions, ...specs };
  if (found.unverified !== undefined) {
    return {
      status: 'unverified',
      code: found.code ?? 'E_UNPROVEN',
      reason: found.unverified,
      assertions,
      ...specs,
    };
  }
  return { status: 'pass', assertions, ...specs };
}

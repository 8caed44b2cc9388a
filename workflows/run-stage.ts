import { isCancellation } from '@temporalio/workflow';
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

/** Runs one stage. Its outcome is data; only a cancellation leaves it as an exception. */
export async function runStage(
  record: RunRecord,
  name: Stage,
  body: (doing: (what: string) => string) => Promise<StageFindings>,
): Promise<StageResult> {
  const startedMs = Date.now();
  record.stageBegan(name);
  const doing = (what: string) => {
    record.doing(name, what);
    return what;
  };
  const end = (outcome: Omit<StageResult, 'name' | 'durationMs' | 'attempts'>): StageResult => {
    const result = { name, durationMs: Date.now() - startedMs, attempts: 1, ...outcome };
    record.stageEnded(result);
    return result;
  };
  try {
    const found = await body(doing);
    const assertions = [...found.assertions];
    const broken = assertions.find((assertion) => !assertion.ok);
    if (broken) {
      const reason = `${broken.name}: ${broken.detail}`;
      return end({ status: 'fail', code: found.code ?? 'E_ASSERTION', reason, assertions });
    }
    if (found.unverified !== undefined) {
      return end({ status: 'unverified', code: 'E_SPEC', reason: found.unverified, assertions });
    }
    return end({ status: 'pass', assertions });
  } catch (error) {
    const { code, reason } = explain(error);
    const result = end({ status: statusOf(code), code, reason, assertions: [] });
    if (isCancellation(error)) throw error;
    return result;
  }
}

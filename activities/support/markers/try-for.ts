import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../operation.ts';

/**
 * Makes attempts until one has no fault that a further one could heal, or time is up; the last outcome is the answer.
 * Every fault that is tried again stands in the log of the stage (spec R-30).
 */
export async function tryFor<T>(
  operation: Pick<Operation, 'signal' | 'log' | 'progress'>,
  bound: { readonly timeoutMs: number; readonly pauseMs: number },
  attempt: () => Promise<T>,
  faultOf: (outcome: T) => string | undefined,
): Promise<T> {
  const start = performance.now();
  for (let attempts = 1; ; attempts++) {
    operation.signal.throwIfAborted();
    const outcome = await attempt();
    const fault = faultOf(outcome);
    if (fault === undefined || performance.now() - start + bound.pauseMs >= bound.timeoutMs) return outcome;
    operation.log(`attempt ${attempts}, to be tried again: ${fault}`);
    operation.progress(fault);
    await delay(bound.pauseMs, undefined, { signal: operation.signal }).catch(() =>
      operation.signal.throwIfAborted(),
    );
  }
}

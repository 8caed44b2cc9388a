import { CancellationScope, sleep } from '@temporalio/workflow';

/** Runs `work`, and cancels it when it takes longer; the timer of the SDK's own scopes has no name in the history. */
export async function withDeadline<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const working = new CancellationScope();
  const waiting = new CancellationScope();
  waiting
    .run(() => sleep(milliseconds, { summary: 'deadline of the stages' }))
    .then(
      () => working.cancel(),
      () => undefined,
    );
  try {
    return await working.run(work);
  } finally {
    waiting.cancel();
  }
}

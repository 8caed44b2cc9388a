import { CancellationScope } from '@temporalio/workflow';

/**
 * Does something ahead while `body` goes on, which may wait for it or do without it. What is not done when `body` ends is
 * given up. A failure is seen only by who waits.
 */
export async function beside<T, R>(
  ahead: () => Promise<T>,
  body: (done: Promise<T>) => Promise<R>,
): Promise<R> {
  const scope = new CancellationScope();
  const done = scope.run(ahead);
  const settled = done.then(
    () => undefined,
    () => undefined,
  );
  try {
    return await body(done);
  } finally {
    scope.cancel();
    await settled;
  }
}

/** On a terminal Ctrl-C reaches us twice: from the terminal, and passed on by the launcher. */
const SAME_PRESS_MS = 400;

/**
 * Calls `onInterrupt` with 1, 2, ... for each Ctrl-C or termination request; returns what stops listening.
 * @param clock milliseconds, for tests
 */
export function onInterrupts(
  onInterrupt: (count: number) => void,
  source: NodeJS.EventEmitter = process,
  clock: () => number = () => performance.now(),
): () => void {
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const listener = () => {
    const nowMs = clock();
    if (nowMs - lastMs < SAME_PRESS_MS) return;
    lastMs = nowMs;
    count += 1;
    onInterrupt(count);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) source.on(signal, listener);
  return () => {
    for (const signal of signals) source.off(signal, listener);
  };
}

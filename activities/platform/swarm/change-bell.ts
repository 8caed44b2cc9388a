import { setTimeout as delay } from 'node:timers/promises';
import type { DockerReader } from './docker.ts';

/** Events come in bursts; one look answers for those that arrive within this time. */
const BURST_MS = 100;

/** Wakes whoever waits when something happens to a container or service. */
export interface ChangeBell {
  /** Resolves after an event that came since the last wait, or when the time is over; rejects when aborted. */
  readonly wait: (timeoutMs: number) => Promise<void>;
  readonly stop: () => void;
}

export async function createChangeBell(docker: DockerReader, signal: AbortSignal): Promise<ChangeBell> {
  const stopping = new AbortController();
  let pending = false;
  let wake: (() => void) | undefined;
  await docker.watch(
    () => {
      pending = true;
      wake?.();
    },
    AbortSignal.any([signal, stopping.signal]),
  );
  return {
    wait: async (timeoutMs) => {
      // Not tied to the signal: that would reject with an error of its own instead of the reason of the abort.
      await delay(Math.min(BURST_MS, timeoutMs));
      if (!pending && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      pending = false;
      signal.throwIfAborted();
    },
    stop: () => stopping.abort(),
  };
}

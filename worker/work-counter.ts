import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Counts the activities that run, so that a worker which has to go can choose a moment between two of them. */
export class WorkCounter {
  private running = 0;
  private whenIdle: (() => void) | undefined;

  readonly interceptor: ActivityInterceptorsFactory = () => ({
    inbound: {
      execute: async (input, next) => {
        this.running += 1;
        try {
          return await next(input);
        } finally {
          this.running -= 1;
          if (this.running === 0) this.whenIdle?.();
        }
      },
    },
  });

  /** Resolves as soon as nothing runs, at the latest after `limitMs`. */
  idle(limitMs: number): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

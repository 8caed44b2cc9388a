import { log, sleep } from '@temporalio/workflow';

const PAUSE_MS = 30_000;

/** How long results are offered to a host that cannot take them; the workflow's own result has them in any case. */
export const PUBLISH_FOR_MS = 30 * 60_000;

/**
 * For what must happen and may: repeated with a durable timer until it succeeds, however long others are away. With a
 * bound it gives up after that time and resolves with `undefined`.
 */
export function retried<T>(attempt: () => Promise<T>): Promise<T>;
export function retried<T>(attempt: () => Promise<T>, forMs: number): Promise<T | undefined>;
export async function retried<T>(attempt: () => Promise<T>, forMs = Infinity): Promise<T | undefined> {
  for (const until = Date.now() + forMs; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= until) {
        log.error('given up', { error: String(error) });
        return undefined;
      }
      log.warn('not possible now; trying again', { error: String(error) });
      await sleep(PAUSE_MS, { summary: 'until it is tried again' });
    }
  }
}

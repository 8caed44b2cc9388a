import { log, sleep } from '@temporalio/workflow';

const PAUSE = '30 seconds';

/** For what must happen and may: repeated with a durable timer until it succeeds, however long others are away. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      log.warn('not possible now; trying again', { error: String(error), pause: PAUSE });
      await sleep(PAUSE);
    }
  }
}

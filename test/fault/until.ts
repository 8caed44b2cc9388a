import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `probe` gives a value; rejects with what was waited for when it does not in time. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    const value = await probe();
    if (value !== undefined) return value;
    await delay(25);
  }
  throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
}

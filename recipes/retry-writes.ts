import { setTimeout as delay } from 'node:timers/promises';
import type { SpecAnswer, SpecHttp, SpecRequest } from './spec-http.ts';

export interface RetryOptions {
  /** Bound on all attempts together, in ms; 90,000 when absent, as spec R-30 has it. */
  readonly timeoutMs?: number;
  /** Told why an attempt is made again. */
  readonly onRetry: (why: string) => void;
}

const TIMEOUT_MS = 90_000;
const PAUSE_MS = 1000;

/**
 * Writes to an app that may have come back from a restore a moment ago: statuses of 500 and above and errors of the
 * transport are tried again, within a bound. `make` gives a new request for each attempt, so that what a lost answer
 * did is not taken for the next one's doing. Throws at once for a status from 400 to 499, and what was seen last when
 * time is up.
 */
export async function retryWrites(
  send: SpecHttp['request'],
  pathOrUrl: string,
  make: (attempt: number) => SpecRequest,
  options: RetryOptions,
): Promise<SpecAnswer> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const end = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    const left = Math.max(1, Math.floor(end - performance.now()));
    const seen = await tryOnce(send, pathOrUrl, make(attempt), left);
    if (typeof seen !== 'string') {
      if (seen.status < 400) return seen;
      throw new Error(`${seen.url} refused what was written: ${describe(seen)}`);
    }
    if (performance.now() + PAUSE_MS >= end) {
      throw new Error(`${pathOrUrl} took no change within ${timeoutMs} ms, in ${attempt} attempts: ${seen}`);
    }
    options.onRetry(`attempt ${attempt} at ${pathOrUrl}: ${seen}`);
    await delay(PAUSE_MS);
  }
}

/** The answer, or why it is to be asked for again. */
async function tryOnce(
  send: SpecHttp['request'],
  pathOrUrl: string,
  request: SpecRequest,
  leftMs: number,
): Promise<SpecAnswer | string> {
  const bounded = { ...request, timeoutMs: Math.min(request.timeoutMs ?? leftMs, leftMs) };
  try {
    const answer = await send(pathOrUrl, bounded);
    return answer.status < 500 ? answer : describe(answer);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describe(answer: SpecAnswer): string {
  return `status ${answer.status}, ${answer.text().slice(0, 200)}`;
}

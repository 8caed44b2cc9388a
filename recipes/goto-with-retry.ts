import { setTimeout as delay } from 'node:timers/promises';
import type { Page, Response } from '@playwright/test';

export interface GotoOptions {
  /** Statuses to accept; `[200]` when absent. */
  readonly status?: readonly number[];
  /** Whether the page is the one meant, beyond its status; a placeholder has status 200 as well. */
  readonly shows?: (page: Page) => Promise<boolean>;
  /** Bound on all attempts together, in ms; 60,000 when absent. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Opens a page, again and again until it answers as it should: routes are registered late, and the browser's own driver
 * fails at times (`net::ERR_NETWORK_CHANGED`), so wrong answers and errors are tried again alike. The only way in which
 * specs navigate. Throws what the last attempt saw when time is up, and at once what no new attempt can heal: a closed
 * page, or a certificate that the browser refuses.
 */
export async function gotoWithRetry(page: Page, url: string, options: GotoOptions = {}): Promise<Response> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const end = performance.now() + timeoutMs;
  for (let attempts = 1; ; attempts++) {
    const left = Math.max(1, end - performance.now());
    const seen = await attempt(page, url, options, left);
    if (typeof seen !== 'string') return seen;
    if (performance.now() + PAUSE_MS >= end) {
      throw new Error(`${url} did not open within ${timeoutMs} ms, in ${attempts} attempts: ${seen}`);
    }
    await delay(PAUSE_MS);
  }
}

/** The response, or what was wrong with it. */
async function attempt(
  page: Page,
  url: string,
  options: GotoOptions,
  timeout: number,
): Promise<Response | string> {
  const accepted = options.status ?? [200];
  try {
    const response = await page.goto(url, { timeout });
    if (!response) return 'no response: the address differs from the current one in its fragment only';
    if (!accepted.includes(response.status())) {
      return `status ${response.status()}, expected ${accepted.join(' or ')}`;
    }
    if (options.shows && !(await options.shows(page))) return 'the page shows something else';
    return response;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (page.isClosed() || message.includes('net::ERR_CERT_')) throw error;
    return message.split('\n', 1)[0] ?? message;
  }
}

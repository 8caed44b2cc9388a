import type { Page, Response } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { gotoWithRetry } from '../../../recipes/goto-with-retry.ts';

/** A page whose answers are scripted: a status, or an error of the driver. The last one repeats. */
function scriptedPage(...steps: (number | Error)[]) {
  let calls = 0;
  const page = {
    isClosed: () => false,
    goto: (url: string): Promise<Response> => {
      const step = steps[Math.min(calls++, steps.length - 1)] ?? 200;
      if (step instanceof Error) return Promise.reject(step);
      return Promise.resolve({ status: () => step, url: () => url } as Response);
    },
  };
  return { page: page as Page, calls: () => calls };
}

const URL_OF_APP = 'https://site-0a1b2c.ci.test/';
const changed = new Error('page.goto: net::ERR_NETWORK_CHANGED at https://site-0a1b2c.ci.test/\nCall log: …');

describe('gotoWithRetry', () => {
  it('goes on through errors of the browser driver and wrong statuses alike [H-06, F-04]', async () => {
    const { page, calls } = scriptedPage(changed, 404, 200);
    const response = await gotoWithRetry(page, URL_OF_APP, { timeoutMs: 5000 });
    expect(response.status()).toBe(200);
    expect(calls()).toBe(3);
  });

  it('goes on while the page shows a placeholder [F-02]', async () => {
    const { page, calls } = scriptedPage(200);
    await gotoWithRetry(page, URL_OF_APP, { timeoutMs: 5000, shows: () => Promise.resolve(calls() === 2) });
    expect(calls()).toBe(2);
  });

  it('throws what it saw last when its bound is reached', async () => {
    const { page } = scriptedPage(502, changed);
    const going = gotoWithRetry(page, URL_OF_APP, { timeoutMs: 1200 });
    await expect(going).rejects.toThrow(/within 1200 ms, in [23] attempts: .*ERR_NETWORK_CHANGED[^\n]*$/);
  });

  it('does not try again what cannot heal', async () => {
    const refused = scriptedPage(new Error('page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://…'));
    await expect(gotoWithRetry(refused.page, URL_OF_APP)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
    expect(refused.calls()).toBe(1);
    const closed = scriptedPage(new Error('page.goto: Target page, context or browser has been closed'));
    closed.page.isClosed = () => true;
    await expect(gotoWithRetry(closed.page, URL_OF_APP)).rejects.toThrow('has been closed');
    expect(closed.calls()).toBe(1);
  });
});

import { chromium, type Browser } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const REASON = 'a reason that only keys can show';

describe('the codec endpoint in a browser', () => {
  let stack: CliStack;
  let browser: Browser;
  let runId: string;
  beforeAll(async () => {
    stack = await startCliStack();
    browser = await chromium.launch({
      executablePath: process.env['CCI_BROWSER'] ?? '/usr/bin/chromium',
      // Tests may run as root, for whom Chromium has no sandbox; only our own pages are opened here.
      chromiumSandbox: false,
    });
    await stack.serve(new FakeHost({ brokenAssertion: REASON }), async () => {
      const { stderr } = await stack.cli('run', 'sample', '--stages', 'install').done;
      runId = /started (run-\S+)/.exec(stderr)?.[1] ?? '';
    });
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  it('shows readable payloads to whoever opens the one-time link, and to nobody else', async () => {
    const codec = stack.cli('codec');
    await codec.said('listens');
    const link = await stack.cli('codec', '--link').done;
    const history = `/namespaces/default/workflows/${runId}`;
    const url = link.stdout.trim().replace(/to=.*/, `to=${encodeURIComponent(history)}`);

    const page = await browser.newPage();
    await page.goto(url);
    await expect.poll(() => page.locator('body').innerText(), { timeout: 30_000 }).toContain(REASON);
    expect(new URL(page.url()).search).not.toContain('token');

    const stranger = await (await browser.newContext()).newPage();
    expect((await stranger.goto(url))?.status()).toBe(401);
    await stranger.goto(`http://127.0.0.1:${stack.uiPort}${history}`);
    await expect.poll(() => stranger.locator('body').innerText(), { timeout: 30_000 }).toContain(runId);
    expect(await stranger.locator('body').innerText()).not.toContain(REASON);

    codec.interrupt();
    expect((await codec.done).code).toBe(0);
  });
});

import { chromium, type Browser } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliStack, type CliStack, type RunningCli } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const REASON = 'a reason that only keys can show';

describe('the codec endpoint in a browser', () => {
  let stack: CliStack;
  let browser: Browser;
  let codec: RunningCli;
  let runId: string;
  let linkOfRun: string;
  beforeAll(async () => {
    stack = await startCliStack();
    browser = await chromium.launch({
      executablePath: process.env['CCI_BROWSER'] ?? '/usr/bin/chromium',
      // Tests may run as root, for whom Chromium has no sandbox; only our own pages are opened here.
      chromiumSandbox: false,
    });
    codec = stack.cli('codec');
    await codec.said('listens');
    await stack.serve(new FakeHost({ data: { broken: { assertInstalled: '' }, says: REASON } }), async () => {
      const { stderr } = await stack.cli('run', 'sample', '--stages', 'install').done;
      runId = /started (run-\S+)/.exec(stderr)?.[1] ?? '';
      linkOfRun = /UI: (\S+)/.exec(stderr)?.[1] ?? '';
    });
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  it('shows readable payloads to whoever opens the link of the run, and to nobody else', async () => {
    const page = await browser.newPage();
    await page.goto(linkOfRun);
    await expect.poll(() => page.locator('body').innerText(), { timeout: 30_000 }).toContain(REASON);
    expect(new URL(page.url()).pathname).toContain(runId);
    expect(page.url()).not.toContain('token');

    const stranger = await (await browser.newContext()).newPage();
    expect((await stranger.goto(linkOfRun))?.status()).toBe(401);
    await stranger.goto(`http://127.0.0.1:${stack.uiPort}/namespaces/default/workflows/${runId}`);
    await expect.poll(() => stranger.locator('body').innerText(), { timeout: 30_000 }).toContain(runId);
    expect(await stranger.locator('body').innerText()).not.toContain(REASON);
  });

  it('prints a new link on request, and ends on Ctrl-C', async () => {
    const { stdout } = await stack.cli('codec', '--link').done;
    const answer = await fetch(stdout.trim(), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/namespaces/default/workflows']);
    const second = await stack.cli('codec').done;
    expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('EADDRINUSE')]);
    codec.interrupt();
    expect((await codec.done).code).toBe(0);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ReportFacts } from '../../activities/support/report/facts.ts';
import { renderReport } from '../../activities/support/report/render-report.ts';
import { effectiveEnvironment } from '../../client/config.ts';
import { greenFacts, INJECTION, redFacts } from '../unit/support/sample-report.ts';

/** Long words are what breaks narrow pages. */
const LONG = `https://app.ci.test/${'a'.repeat(300)}`;

const GREEN = greenFacts();
const RED = redFacts({
  logs: [
    {
      name: 'install.log',
      stage: 'install',
      lines: [
        INJECTION,
        LONG,
        ...Array.from({ length: 16 }, (_, code) => `\u001b[38;5;${code}mcolour ${code}\u001b[0m`),
        ...Array.from(
          { length: 16 },
          (_, code) => `\u001b[48;5;${code}mon colour ${code}\u001b[0m \u001b[2mdim\u001b[0m`,
        ),
        'Ready to serve',
      ],
    },
    {
      name: 'services/0a1b2c3d/app.log',
      lines: ['app | READY', 'app | gone'],
      cut: { bytes: 9, beforeLine: 1 },
    },
  ],
});

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cci-report-'));
  const executablePath = effectiveEnvironment(process.env)['CCI_BROWSER'];
  if (executablePath === undefined) throw new Error('CCI_BROWSER is not set: npm run up');
  // It opens pages of this test only; the sandbox would need another user than root.
  browser = await chromium.launch({ executablePath, chromiumSandbox: false });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

interface Look {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
}

interface Opened {
  readonly page: Page;
  /** Violations of the page's policy, and addresses that were asked for. */
  readonly refused: string[];
  readonly requests: string[];
}

async function open(facts: ReportFacts, look: Look = {}, change = (html: string) => html): Promise<Opened> {
  const path = join(folder, 'report.html');
  writeFileSync(path, change(renderReport(facts)));
  const { width = 1280, ...rest } = look;
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...rest });
  const page = await context.newPage();
  const refused: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) refused.push(message.text());
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, refused, requests };
}

function openAll(page: Page): Promise<void> {
  return page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

/** What axe finds, one line each; every part of the page is opened for it. */
async function violations(page: Page): Promise<string[]> {
  await openAll(page);
  // As a debugger would: the page's policy lets no script in.
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate('axe.run(document)');
  const { passes, violations: broken } = foundSchema.parse(found);
  expect(passes.length).toBeGreaterThan(10);
  return broken.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const ruleSchema = z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) });
const foundSchema = z.object({ passes: z.array(ruleSchema), violations: z.array(ruleSchema) });

const LOOKS = [1280, 360].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

describe('the report in a browser', () => {
  it.each(LOOKS)('can be used by everybody at $width px, $colorScheme', async (look) => {
    for (const facts of [GREEN, RED]) {
      const { page, refused } = await open(facts, look);
      expect(await violations(page)).toEqual([]);
      expect(refused).toEqual([]);
    }
  });

  it('is never wider than a telephone, with everything opened', async () => {
    for (const facts of [GREEN, RED]) {
      const { page } = await open(facts, { width: 360 });
      await openAll(page);
      const widths = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      expect(widths).toEqual({ scrollWidth: 360, clientWidth: 360 });
    }
  });

  it('shows the verdict at once, on a telephone too', async () => {
    const { page } = await open(RED, { width: 360 });
    const heading = page.getByRole('heading', { level: 1 });
    expect(await heading.textContent()).toContain('failed');
    expect((await heading.boundingBox())?.y).toBeLessThan(100);
  });

  it('finds lines in all logs, opens the logs that have them and hides the others', async () => {
    const { page } = await open(RED);
    await page.getByRole('searchbox', { name: 'Search all logs' }).fill('ready');
    expect(await page.locator('.line:visible').allTextContents()).toEqual([
      'Ready to serve\n',
      'app | READY\n',
    ]);
    expect(await page.getByRole('status').textContent()).toBe('2 of 37 lines');
    await page.getByRole('searchbox').fill('gone');
    expect(await page.locator('.log:visible summary b').allTextContents()).toEqual(['services/0a1b2c3d/app']);
    expect(await page.evaluate(() => [...(CSS.highlights.get('hit') ?? [])].map(String))).toEqual(['gone']);
    await page.getByRole('searchbox').fill('');
    expect(await page.locator('.log').count()).toBe(await page.locator('.log:visible').count());
    expect(await page.locator('.log[open] summary b').allTextContents()).toEqual(['install']);
  });

  it('opens the part that a link points to', async () => {
    const { page } = await open(GREEN);
    expect(await page.getByText('a spec passed').isVisible()).toBe(false);
    await page.locator('#stage-install summary').first().click();
    await page.getByRole('link', { name: 'Log of install' }).click();
    await page.getByText('a spec passed').waitFor({ state: 'visible', timeout: 5_000 });
  });

  it('can be read without scripts, and then offers no search', async () => {
    const { page } = await open(RED, { javaScriptEnabled: false });
    expect(await page.locator('.search').isVisible()).toBe(false);
    await page.locator('summary', { hasText: 'services/0a1b2c3d/app' }).click();
    expect(await page.getByText('app | READY').isVisible()).toBe(true);
  });

  it('asks nobody for anything', async () => {
    const { page, requests } = await open(GREEN);
    await openAll(page);
    await page.waitForLoadState('networkidle');
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);
    expect(
      await page
        .locator('img')
        .evaluateAll((all) => all.map((one) => one instanceof HTMLImageElement && one.naturalWidth)),
    ).toEqual([1]);
  });

  it('shows what a log smuggles in as the text that it is', async () => {
    const { page, refused } = await open(RED);
    expect(await page.getByText(INJECTION).count()).toBeGreaterThan(3);
    expect(await page.title()).toContain('failed: sample');
    expect(await page.locator('script').count()).toBe(1);
    expect(refused).toEqual([]);
  });

  it('would not run it even if it had become an element', async () => {
    const { page, refused } = await open(RED, {}, (html) =>
      html.replace('<span class="line">', `${INJECTION}<style>h1{display:none}</style><span class="line">`),
    );
    expect(await page.locator('script').count()).toBe(2);
    await expect.poll(() => refused.length).toBeGreaterThanOrEqual(4);
    expect(await page.title()).toContain('failed: sample');
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
  });
});

/**
 * Takes the pictures of the Temporal UI from the running stack: `node docs/screenshots.ts <run id>`. The pages are opened
 * as a person would open them, by the link that the command line prints; the run should be a whole lifecycle.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page, type Route } from '@playwright/test';
import { z } from 'zod';
import { effectiveEnvironment, loadClientConfig, ROOT } from '../client/config.ts';
import { uiLink } from '../client/links.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';

const [runId] = process.argv.slice(2);
if (runId === undefined) throw new Error('usage: node docs/screenshots.ts <run id>');

const config = loadClientConfig(process.env);
const executablePath = effectiveEnvironment(process.env)['CCI_BROWSER'];
if (executablePath === undefined) throw new Error('CCI_BROWSER is not set: npm run up');
const images = fileURLToPath(new URL('images/', import.meta.url));
await mkdir(images, { recursive: true });

const { recipe, ref, trigger, stage, verdict, level } = SEARCH_ATTRIBUTES;
/** As chosen with the gear below the list. */
const COLUMNS = ['Status', recipe, ref, trigger, stage, verdict, level, 'Start', 'Workflow ID'];

const decodedSchema = z.object({ payloads: z.array(z.looseObject({ data: z.string() })) });

// It opens pages of this machine's own UI only; the sandbox would need another user than root.
const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1 });
  await page.route('**/decode', decode);
  await page.goto(await uiLink(config, runId));
  const run = new URL(page.url());
  const namespace = config.CCI_TEMPORAL_NAMESPACE;

  // Decoded, or the pictures would show ciphertext.
  await page.getByText('"verdict"').first().waitFor();
  // Whole, from the start of the run to its end.
  await page.getByRole('button', { name: 'Minimized' }).click();
  await page.getByText(/prepare • read/).waitFor();
  await picture(page, 'temporal-run', 1700);

  await page.getByText('User Metadata', { exact: true }).click();
  // The UI draws Markdown in frames; that of the current details is the last one.
  await page.locator('iframe').last().contentFrame().getByText('Report:').waitFor();
  await picture(page, 'temporal-details', 900);

  await page.evaluate(([key, columns]) => localStorage.setItem(key, columns), [
    'namespace-workflow-table-columns',
    JSON.stringify({ [namespace]: COLUMNS.map((label) => ({ label })) }),
  ] as const);
  const query = encodeURIComponent("WorkflowType = 'recipeRun'");
  await page.goto(`${run.origin}/namespaces/${namespace}/workflows?query=${query}`);
  await page.getByText(runId).first().waitFor();
  await page.getByRole('columnheader', { name: verdict }).waitFor();
  await picture(page, 'temporal-list', 640);
} finally {
  await browser.close();
}

/** The folder of this clone is nobody's business: what is decoded names one of the documentation instead. */
async function decode(route: Route): Promise<void> {
  const response = await route.fetch();
  const { payloads } = decodedSchema.parse(await response.json());
  const shown = payloads.map((payload) => {
    const text = Buffer.from(payload.data, 'base64').toString().replaceAll(ROOT, '/srv/cc-ci');
    return { ...payload, data: Buffer.from(text).toString('base64') };
  });
  await route.fulfill({ response, json: { payloads: shown } });
}

async function picture(page: Page, name: string, height: number): Promise<void> {
  await page.setViewportSize({ width: name === 'temporal-list' ? 1680 : 1440, height });
  // Away from the last button: its explanation would cover something.
  await page.mouse.move(0, 0);
  if ((await page.innerText('body')).includes(ROOT)) throw new Error(`${name} shows ${ROOT}`);
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled' });
}

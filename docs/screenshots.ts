/**
 * Takes the pictures of the documentation from the running stack: `node docs/screenshots.ts <run id>`. The run's page in
 * the Temporal UI is opened as a person would open it, by the link that the command line prints.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { effectiveEnvironment, loadClientConfig } from '../client/config.ts';
import { uiLink } from '../client/links.ts';

const [runId] = process.argv.slice(2);
if (runId === undefined) throw new Error('usage: node docs/screenshots.ts <run id>');

const config = loadClientConfig(process.env);
const executablePath = effectiveEnvironment(process.env)['CCI_BROWSER'];
if (executablePath === undefined) throw new Error('CCI_BROWSER is not set: npm run up');
const images = fileURLToPath(new URL('images/', import.meta.url));
await mkdir(images, { recursive: true });

// It opens pages of this machine's own UI only; the sandbox would need another user than root.
const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1 });
  await page.goto(await uiLink(config, runId));
  // Decoded, or the picture would show ciphertext.
  await page.getByText('"verdict"').first().waitFor();
  await page.screenshot({ path: `${images}temporal-run.png` });
} finally {
  await browser.close();
}

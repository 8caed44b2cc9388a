/**
 * Takes a picture of the start of a run's report as a person sees it, from its file:
 * `node docs/report-screenshots.ts <run id> <green|red>` writes docs/images/report-<green|red>.png.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { effectiveEnvironment, loadClientConfig } from '../client/config.ts';
import { findReport } from '../client/find-report.ts';

const [runId, look] = process.argv.slice(2);
if (runId === undefined || (look !== 'green' && look !== 'red')) {
  throw new Error('usage: node docs/report-screenshots.ts <run id> <green|red>');
}
const executablePath = effectiveEnvironment(process.env)['CCI_BROWSER'];
if (executablePath === undefined) throw new Error('CCI_BROWSER is not set: npm run up');
const images = fileURLToPath(new URL('images/', import.meta.url));
await mkdir(images, { recursive: true });

// It opens a file of this machine only; the sandbox would need another user than root.
const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(findReport(loadClientConfig(process.env), runId).path).href);
  await page.screenshot({ path: `${images}report-${look}.png` });
} finally {
  await browser.close();
}

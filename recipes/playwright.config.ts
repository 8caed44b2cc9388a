import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { readSpecContext } from './spec-context.ts';

const { ingress, browser, out, timeoutMs } = readSpecContext();
const address = ingress.address.includes(':') ? `[${ingress.address}]` : ingress.address;

/** The configuration of every spec of every recipe. */
export default defineConfig({
  testDir: '.',
  outputDir: join(out, 'artefacts'),
  reporter: [['list'], ['json', { outputFile: join(out, 'report.json') }]],
  // One app, one deployment: specs may rely on running one after the other.
  workers: 1,
  fullyParallel: false,
  // An intermittent failure is a failure (spec R-45).
  retries: 0,
  forbidOnly: true,
  timeout: Math.min(120_000, timeoutMs / 2),
  globalSetup: './limit-time.ts',
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'UTC',
    actionTimeout: 30_000,
    navigationTimeout: 30_000,
    screenshot: 'on',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: browser,
      chromiumSandbox: true,
      args: [`--host-resolver-rules=MAP *.${ingress.zone}:443 ${address}:${ingress.port}`],
    },
  },
});

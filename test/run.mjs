/**
 * `npm test`, once the host is ready: the checks of `npm run check`, then every lane. Arguments go to vitest. Ends with one
 * line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS, runChecks } from './check.mjs';

/** Lanes one after the other: those on the real stack share its one host. */
const LANES = ['unit', 'replay', 'workflows', 'platform', 'fault', 'e2e', 'mutations'];

const args = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'cc-ci-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** Lane and name of every test that failed, to be read at the end of a long output. */
const failures = [];

function fail(reason) {
  failures.push(reason);
  total.failed += 1;
}

/** Runs one lane and adds its counts; a lane that reports nothing counts as failed. */
async function runLane(lane) {
  const report = join(folder, `${lane}.json`);
  const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs');
  const argv = [
    vitest,
    'run',
    '--project',
    lane,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  console.log(`\n== ${lane}`);
  const code = await new Promise((resolve) => {
    spawn(process.execPath, [...argv, ...(args.length > 0 ? ['--passWithNoTests', ...args] : [])], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }).once('exit', resolve);
  });
  try {
    const counts = JSON.parse(await readFile(report, 'utf8'));
    for (const { assertionResults } of counts.testResults) {
      for (const { status, fullName } of assertionResults) {
        if (status === 'failed') failures.push(`${lane}: ${fullName}`);
      }
    }
    total.passed += counts.numPassedTests;
    total.failed += counts.numFailedTests;
    total.skipped += counts.numPendingTests + counts.numTodoTests;
    // A file that could not even be collected has no failed test of its own.
    if (code !== 0 && counts.numFailedTests === 0) fail(`${lane}: exit code ${code} without a failed test`);
    if (counts.numTotalTests === 0 && args.length === 0) fail(`${lane}: no test`);
  } catch {
    fail(`${lane}: no report (exit code ${code})`);
  }
}

try {
  if (args.length === 0) {
    const failed = await runChecks();
    for (const name of failed) fail(`check: ${name}`);
    total.passed += CHECKS.length - failed.length;
  }
  for (const lane of LANES) await runLane(lane);
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `- ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * `npm run check`: what can be judged without a host. Format, lint, types and unused code, then the unit and replay lanes;
 * two at a time, each with its time, and the whole output of what failed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const MODULES = join(ROOT, 'node_modules');
const PINNED_NODE = join(MODULES, 'node', 'bin', 'node');
// A bare `node` in a shell may be older than what the sources need.
const NODE = existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath;
const AT_ONCE = 2;

/** The longest first. */
export const CHECKS = [
  // Without its cache: a typed rule can change its mind about a file that did not change.
  { name: 'lint', argv: ['eslint/bin/eslint.js', '.', '--max-warnings=0'] },
  {
    name: 'types',
    argv: ['typescript/bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/tsc'],
  },
  { name: 'format', argv: ['prettier/bin/prettier.cjs', '--check', '.', '--cache', '--log-level=warn'] },
  { name: 'unused code', argv: ['knip/bin/knip.js'] },
];

const LANES = [
  {
    name: 'unit and replay',
    argv: ['vitest/vitest.mjs', 'run', '--project=unit', '--project=replay', '--passWithNoTests'],
  },
];

/**
 * @param {typeof CHECKS} checks
 * @returns {Promise<string[]>} names of those that failed
 */
export async function runChecks(checks = CHECKS) {
  const waiting = [...checks];
  /** @type {string[]} */
  const failed = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      if (!(await runCheck(check))) failed.push(check.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return failed;
}

/** @param {(typeof CHECKS)[number]} check */
async function runCheck({ name, argv: [script = '', ...args] }) {
  const startedMs = performance.now();
  const child = spawn(NODE, [join(MODULES, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', resolve);
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.padStart(5)} s`);
  if (code !== 0) console.log(Buffer.concat(output).toString().trimEnd());
  return code === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // The tests last: they are what keeps both cores busy.
  const { length: failed } = [...(await runChecks(CHECKS)), ...(await runChecks(LANES))];
  console.log(
    failed === 0 ? 'All checks passed.' : `${failed} of ${CHECKS.length + LANES.length} checks failed.`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
}

import { Interrupted, SetupError } from './errors.mjs';
import { killRunning } from './exec.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} title
 * @property {string[]} needs names of the steps that must be done before
 * @property {number} [expectedMs] how long it takes when there is work to do
 * @property {(ctx: any, report: Report) => Promise<string>} run checks, does what is missing,
 *   verifies; resolves with one word about what happened
 *
 * @typedef {object} Report
 * @property {(what: string, expectedMs?: number) => void} begin says that work starts now
 */

/**
 * Runs every step as soon as the steps it needs are done.
 * @param {Step[]} steps
 * @param {any} ctx
 * @param {(line: string) => void} print
 */
export async function runSteps(steps, ctx, print) {
  /** @type {Map<string, Promise<void>>} */
  const done = new Map();
  /** @type {{ error?: unknown }} */
  const first = {};
  const start = async (/** @type {Step} */ step) => {
    await Promise.all(step.needs.map((name) => done.get(name)));
    if (first.error) return;
    try {
      await one(step, ctx, print);
    } catch (error) {
      if (first.error) return; // it was ended because of the first one
      first.error = error;
      if (!(error instanceof Interrupted)) print(`  ✗ ${step.title}`);
      killRunning();
    }
  };
  for (const step of steps) {
    const absent = step.needs.find((name) => !done.has(name));
    if (absent) throw new Error(`step ${step.name} needs ${absent}, which does not come before it`);
    done.set(step.name, start(step));
  }
  // Also after a failure: whoever stops the stack next must not meet a step that still starts things.
  await Promise.all(done.values());
  if (first.error) throw first.error;
}

/**
 * @param {Step} step
 * @param {any} ctx
 * @param {(line: string) => void} print
 */
async function one(step, ctx, print) {
  const start = Date.now();
  let expected = 0;
  try {
    if (ctx.interrupted) throw new Interrupted();
    const outcome = await step.run(ctx, {
      begin(what, expectedMs = step.expectedMs ?? 0) {
        expected = expectedMs;
        const hint = expected > 0 ? ` (expected ~${duration(expected)})` : '';
        if (expected >= 4_000 || what.startsWith('waiting'))
          print(`  … ${step.title.padEnd(26)} ${what}${hint}`);
      },
    });
    const hint = expected > 0 ? ` (expected ~${duration(expected)})` : '';
    const took = duration(Date.now() - start);
    print(`  ✓ ${step.title.padEnd(26)} ${outcome.padEnd(12)} ${took.padStart(6)}${hint}`);
  } catch (error) {
    // What an interruption has killed did not fail.
    if (ctx.interrupted) throw new Interrupted();
    if (error instanceof SetupError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SetupError(
      `The step "${step.title}" failed: ${message}`,
      'Run the same command again: finished steps are kept. Logs are in .cc-ci/logs.',
      error,
    );
  }
}

/**
 * @param {number} ms
 * @returns {string} like `0.2s`, `7s`, `3m31s`
 */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10}s`;
  if (seconds < 59.5) return `${Math.round(seconds)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}

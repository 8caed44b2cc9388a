import { SetupError } from './errors.mjs';

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
  let failed = false;
  for (const step of steps) {
    const before = step.needs.map((name) => {
      const promise = done.get(name);
      if (!promise) throw new Error(`step ${step.name} needs ${name}, which does not come before it`);
      return promise;
    });
    done.set(
      step.name,
      Promise.all(before).then(() => (failed ? stopped() : one(step, ctx, print))),
    );
  }
  try {
    await Promise.all(done.values());
  } catch (error) {
    failed = true;
    throw error;
  }
}

function stopped() {
  return Promise.reject(new Error('another step failed'));
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
    const outcome = await step.run(ctx, {
      begin(what, expectedMs = step.expectedMs ?? 0) {
        expected = expectedMs;
        const hint = expected > 0 ? ` (expected ~${duration(expected)})` : '';
        if (expected >= 4_000) print(`  … ${step.title.padEnd(26)} ${what}${hint}`);
      },
    });
    const hint = expected > 0 ? ` (expected ~${duration(expected)})` : '';
    const took = duration(Date.now() - start);
    print(`  ✓ ${step.title.padEnd(26)} ${outcome.padEnd(12)} ${took.padStart(6)}${hint}`);
  } catch (error) {
    print(`  ✗ ${step.title}`);
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
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}

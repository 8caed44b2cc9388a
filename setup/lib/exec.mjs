import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { childEnv } from './child-env.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** A command that ended with something else than the expected exit code. */
export class CommandError extends Error {
  /**
   * @param {string[]} argv
   * @param {number | string} outcome exit code or signal
   * @param {string} output the end of what it printed
   */
  constructor(argv, outcome, output) {
    const tail = output.trim().split('\n').slice(-12).join('\n');
    super(`\`${argv.join(' ').slice(0, 300)}\` ended with ${outcome}${tail ? `:\n${tail}` : ''}`);
    this.name = 'CommandError';
    this.outcome = outcome;
    this.output = output;
  }
}

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] the whole environment of the child
 * @property {string} [cwd]
 * @property {string} [input] given on standard input
 * @property {number} [timeoutMs] after this the command's process group is killed
 * @property {string} [log] a file that receives all output as well
 * @property {boolean} [allowFailure] resolve with the exit code instead of throwing
 */

/**
 * Runs a command to its end. Arguments are passed as they are; there is no shell.
 * @param {string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function run(argv, options = {}) {
  return new Promise((resolve, reject) => {
    // Its own process group: Ctrl-C reaches only us, and we can end it with all its children.
    const child = spawn(/** @type {string} */ (argv[0]), argv.slice(1), {
      cwd: options.cwd,
      env: options.env ?? childEnv(),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    const log = options.log ? fs.openSync(options.log, 'a', 0o600) : undefined;
    const texts = { stdout: '', stderr: '' };
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      child[name]?.on('data', (chunk) => {
        // Only the end of endless output is ever of interest.
        texts[name] = (texts[name] + chunk).slice(-4_000_000);
        if (log !== undefined) fs.writeSync(log, chunk);
      });
    }
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          killGroup(child, 'SIGKILL');
        }, options.timeoutMs)
      : undefined;
    const finish = () => {
      clearTimeout(timer);
      running.delete(child);
      if (log !== undefined) fs.closeSync(log);
    };
    child.once('error', (error) => {
      finish();
      reject(new CommandError(argv, 'no start', error.message));
    });
    child.once('close', (code, signal) => {
      finish();
      const outcome = timedOut ? `a time-out after ${options.timeoutMs} ms` : (code ?? signal ?? 'nothing');
      if (code === 0 || (options.allowFailure && code !== null)) {
        resolve({ code: code ?? 0, ...texts });
      } else reject(new CommandError(argv, outcome, texts.stderr || texts.stdout));
    });
    child.stdin?.on('error', () => {}); // a child that does not read is judged by its exit code
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}

/**
 * @param {string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<boolean>} whether it ended with 0
 */
export async function succeeds(argv, options = {}) {
  try {
    return (await run(argv, { ...options, allowFailure: true })).code === 0;
  } catch {
    return false;
  }
}

/** Ends every command that `run` started and that is still at work. */
export function killRunning() {
  for (const child of running) killGroup(child, 'SIGKILL');
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // already gone
  }
}

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from './child-env.mjs';

/**
 * Runs `work` while holding an inter-process lock.
 *
 * The lock is the kernel's (flock), held by a small child that lives as long as our end of its
 * standard input is open: however we die, SIGKILL included, the pipe closes and the lock is free.
 * No stale lock file can ever block anyone.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(holder: string) => void} [onWait] called once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  const release = await acquire(file, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * @param {string} file
 * @param {(holder: string) => void} [onWait]
 * @returns {Promise<() => void>} the function that releases it
 */
export async function acquire(file, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // Detached, so that Ctrl-C on the terminal does not take the lock away from us.
  const script = 'echo "$2" >"$1"; echo held; exec cat >/dev/null';
  const child = spawn('flock', ['--no-fork', file, 'sh', '-c', script, 'sh', file, describeUs()], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: childEnv(),
    detached: true,
  });
  child.stdin.on('error', () => {});
  const holder = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
  const timer = setTimeout(() => onWait?.(holder), 1_000);
  try {
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    });
  } finally {
    clearTimeout(timer);
  }
  child.unref();
  /** @type {any} */ (child.stdout).unref?.();
  /** @type {any} */ (child.stdin).unref?.();
  return () => child.stdin.end();
}

function describeUs() {
  return `pid ${process.pid} in ${process.cwd()}`;
}

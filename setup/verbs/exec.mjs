import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { makeFolders } from '../lib/context.mjs';
import { enter, leave } from '../lib/users.mjs';
import { pinnedNode } from '../steps/npm.mjs';
import { ensure, stopUnlessNeeded } from './up.mjs';

/**
 * Starts the stack, runs a command with our terminal, and stops the stack afterwards unless
 * somebody else needs it.
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {string[]} argv
 * @returns {Promise<number>} the command's exit code
 */
export async function exec(ctx, argv) {
  makeFolders(ctx);
  enter(ctx);
  try {
    await ensure(ctx);
    return await runInForeground(argv);
  } finally {
    leave(ctx);
    ctx.interrupted = false; // stopping has commands of its own, and a second Ctrl-C ends them
    await stopUnlessNeeded(ctx);
  }
}

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} args */
export function demo(ctx, args) {
  const launcher = path.join(ctx.root, 'bin', 'cc-ci');
  return exec(ctx, [
    pinnedNode(ctx.root),
    launcher,
    'run',
    'custom-html',
    '--on-interrupt',
    'cancel',
    ...args,
  ]);
}

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} args */
export function test(ctx, args) {
  return exec(ctx, [pinnedNode(ctx.root), path.join(ctx.root, 'test', 'run.mjs'), ...args]);
}

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} args */
export function mutations(ctx, args) {
  return exec(ctx, [pinnedNode(ctx.root), path.join(ctx.root, 'test', 'mutations', 'run.ts'), ...args]);
}

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} args */
export function fault(ctx, args) {
  return exec(ctx, [pinnedNode(ctx.root), path.join(ctx.root, 'test', 'fault', 'run.ts'), ...args]);
}

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} args */
export function bench(ctx, args) {
  return exec(ctx, [pinnedNode(ctx.root), path.join(ctx.root, 'bench', 'run.ts'), ...args]);
}

/**
 * Ctrl-C belongs to the command. On a terminal it gets the signal from there, and we only go on
 * waiting; without one it has its own process group, and gets from us what we are sent.
 * @param {string[]} argv
 * @returns {Promise<number>}
 */
function runInForeground(argv) {
  const terminal = Boolean(process.stdin.isTTY);
  const child = spawn(/** @type {string} */ (argv[0]), argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, CCI_INSIDE_EXEC: '1' },
    detached: !terminal,
  });
  /** @type {Map<NodeJS.Signals, () => void>} */
  const handlers = new Map();
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    const handler = () => {
      if (!terminal || signal !== 'SIGINT') child.kill(signal);
    };
    handlers.set(signal, handler);
    process.on(signal, handler);
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 0)));
  }).finally(() => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  });
}

// Makes a bare machine ready for cc-ci and runs its stack. See setup/README.md.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext } from './lib/context.mjs';
import { Interrupted, SetupError } from './lib/errors.mjs';
import { killRunning } from './lib/exec.mjs';
import { refuseWhileUsed, removeAll, stopAll } from './verbs/down.mjs';
import { bench, demo, exec, fault, mutations, test } from './verbs/exec.mjs';
import { ensure, exclusively, say, up } from './verbs/up.mjs';

const USAGE = `usage: node setup/main.mjs <verb> [--yes] [--use-docker [--allow-foreign-stacks]]
  up             install, build and start everything; it keeps running
  ensure         the same, but the next \`demo\` or \`test\` stops it when it ends
  down [--force] stop everything; histories, images and data stay
  clean [--force] down, and remove .cc-ci
  demo [args]    the full lifecycle of the recipe custom-html (args go to \`cc-ci run\`)
  test [args]    the tests (args go to test/run.mjs)
  mutations [args] planted defects and harmless changes, all of them (args go to test/mutations/run.ts)
  fault [args]   the fault matrix: breaks things on purpose (args go to test/fault/run.ts)
  bench [args]   measured comparisons (args go to bench/run.ts)
  exec -- argv   start the stack, run a command, stop what was started
`;
const BROKEN = 3;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

/** @param {string[]} argv @returns {Promise<number>} */
async function main(argv) {
  const [verb = '', ...rest] = argv;
  const { flags, args } = takeFlags(rest);
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const useDocker = flags.has('--use-docker') || process.env.CCI_USE_DOCKER === '1';
  const allowForeignStacks = flags.has('--allow-foreign-stacks');
  const force = flags.has('--force');
  const yes = flags.has('--yes');
  const demoOnly = verb === 'demo';
  const ctx = createContext({ root, yes, useDocker, allowForeignStacks, force, demoOnly });
  listenForInterrupts(ctx);
  const verbs = {
    up: () => up(ctx),
    ensure: () => ensure(ctx),
    down: () => take(ctx, stopAll),
    clean: () => take(ctx, removeAll),
    demo: () => demo(ctx, args),
    test: () => test(ctx, args),
    mutations: () => mutations(ctx, args),
    fault: () => fault(ctx, args),
    bench: () => bench(ctx, args),
    exec: () => exec(ctx, args),
  };
  if (!Object.hasOwn(verbs, verb) || (verb === 'exec' && args.length === 0)) {
    process.stderr.write(USAGE);
    return WRONG_USAGE;
  }
  return (await verbs[/** @type {keyof typeof verbs} */ (verb)]()) ?? 0;
}

/**
 * @param {import('./lib/context.mjs').Context} ctx
 * @param {typeof stopAll} action
 */
function take(ctx, action) {
  return exclusively(ctx, async () => {
    refuseWhileUsed(ctx);
    await action(ctx, say);
  });
}

/**
 * Takes our own flags out; everything else, and all after `--`, goes to the command.
 * @param {string[]} words
 */
function takeFlags(words) {
  const own = new Set(['--yes', '--use-docker', '--allow-foreign-stacks', '--force']);
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const after = end < 0 ? [] : words.slice(end + 1);
  return {
    flags: new Set(before.filter((word) => own.has(word))),
    args: [...before.filter((word) => !own.has(word)), ...after],
  };
}

/**
 * The first Ctrl-C ends the steps at work, and what must be stopped is stopped; the second one exits.
 * @param {import('./lib/context.mjs').Context} ctx
 */
function listenForInterrupts(ctx) {
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      // A command that runs in the foreground has put its own handler beside this one.
      if (process.listenerCount(signal) > 1) return;
      if (ctx.interrupted) process.exit(INTERRUPTED);
      ctx.interrupted = true;
      killRunning();
    });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  killRunning();
  if (error instanceof Interrupted) {
    say('\ninterrupted; the same command goes on where this one stopped');
    process.exitCode = INTERRUPTED;
  } else {
    if (error instanceof SetupError) say(`\ncc-ci: ${error.message}\n  What to do: ${error.remedy}`);
    else say(`\ncc-ci: unexpected: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = BROKEN;
  }
}
// What is detached keeps running; nothing here may keep us waiting.
process.exit();

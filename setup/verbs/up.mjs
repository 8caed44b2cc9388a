import fs from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../lib/context.mjs';
import { anyDaemonRuns } from '../lib/daemon.mjs';
import { SetupError } from '../lib/errors.mjs';
import { writeAtomic } from '../lib/files.mjs';
import { instanceId } from '../lib/instance.mjs';
import { withLock } from '../lib/lock.mjs';
import { duration, runSteps } from '../lib/steps.mjs';
import { isNeeded, keepUp } from '../lib/users.mjs';
import { allSteps } from '../steps/index.mjs';
import { stopAll } from './down.mjs';

/** Setup never writes to stdout: that belongs to the final command. @param {string} line */
export const say = (line) => process.stderr.write(`${line}\n`);

/**
 * Only one setup at a time works on a clone.
 * @template T
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {() => Promise<T>} work
 */
export function exclusively(ctx, work) {
  const file = path.join(ctx.cache, 'locks', `clone-${instanceId(ctx.root)}.lock`);
  return withLock(file, work, (holder) => say(`  … waiting for another setup of this clone (${holder})`));
}

/**
 * Everything installed and built, and the stack running.
 * @param {import('../lib/context.mjs').Context} ctx
 */
export async function ensure(ctx) {
  const start = Date.now();
  say(`cc-ci setup of ${ctx.root}`);
  await exclusively(ctx, async () => {
    makeFolders(ctx);
    keepToOneMode(ctx);
    await runSteps(allSteps(ctx), ctx, say);
  });
  say(`  ready after ${duration(Date.now() - start)}`);
}

/**
 * A running stack is on its own daemon or on a given one; it does not change over in mid-run.
 * @param {import('../lib/context.mjs').Context} ctx
 */
function keepToOneMode(ctx) {
  const file = path.join(ctx.dir, 'daemon');
  const wanted = ctx.useDocker ? 'given' : 'own';
  const present = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : wanted;
  if (present !== wanted && anyDaemonRuns(ctx)) {
    throw new SetupError(
      `The stack of this clone runs with ${present === 'own' ? 'its own' : 'a given'} Docker daemon.`,
      'Stop it with `npm run down`, then start it in the other way.',
    );
  }
  writeAtomic(file, wanted);
}

/** @param {import('../lib/context.mjs').Context} ctx */
export async function up(ctx) {
  await ensure(ctx);
  keepUp(ctx, true);
  say(`
  Temporal UI   ${ctx.facts.CCI_TEMPORAL_UI} (payloads readable by: npx cc-ci codec --link)
  Test a recipe npx cc-ci run custom-html
  Settings      ${ctx.paths.hostEnv}
  Stop          npm run down (keeps histories and images), npm run clean (removes everything)`);
}

/**
 * Stops the stack when nobody needs it any more.
 * @param {import('../lib/context.mjs').Context} ctx
 */
export async function stopUnlessNeeded(ctx) {
  await exclusively(ctx, async () => {
    if (!isNeeded(ctx)) await stopAll(ctx, say);
  });
}

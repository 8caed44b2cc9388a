import fs from 'node:fs';
import path from 'node:path';
import { stopDaemon } from '../lib/daemon.mjs';
import { SetupError } from '../lib/errors.mjs';
import { succeeds } from '../lib/exec.mjs';
import { restoreForwarding } from '../lib/forwarding.mjs';
import { forgetInstance, instanceId, readInstance } from '../lib/instance.mjs';
import { withLock } from '../lib/lock.mjs';
import { markedProcesses } from '../lib/marks.mjs';
import { removeKernelObjects } from '../lib/namespace.mjs';
import { endProcesses } from '../lib/processes.mjs';
import { describeInFlight, runsInFlight } from '../lib/runs-in-flight.mjs';
import { duration } from '../lib/steps.mjs';
import { commandsAtWork, keepUp } from '../lib/users.mjs';
import { SERVICES } from '../steps/services.mjs';

/**
 * Somebody's test or demo must not lose its stack in the middle by mistake.
 * @param {import('../lib/context.mjs').Context} ctx
 */
export function refuseWhileUsed(ctx) {
  const users = commandsAtWork(ctx);
  if (users.length === 0 || ctx.force) return;
  throw new SetupError(
    `A demo, test or command of this clone is using the stack (pid ${users.join(', ')}).`,
    'End it first (Ctrl-C there), or say --force to take the stack away from it.',
  );
}

/**
 * Stops everything that runs for this clone. Works from what is really there, so that it also
 * cleans up after killed daemons and a setup killed half-way; absent counts as stopped.
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {(line: string) => void} print
 * @param {string} [fate] what becomes of runs in flight
 */
export async function stopAll(ctx, print, fate = 'will go on after the next `npm run up`') {
  const start = Date.now();
  if (!fs.existsSync(ctx.dir)) return;
  const instance = readInstance(ctx);
  const id = instance?.id ?? instanceId(ctx.root);
  const told = instance && describeInFlight(await runsInFlight(instance.ports.temporalHttp), fate);
  if (told !== undefined) print(told);
  keepUp(ctx, false);
  fs.rmSync(ctx.paths.hostEnv, { force: true });
  for (const service of [...SERVICES].reverse()) await stopDaemon(ctx, service.name, service.graceMs);
  await endProcesses(markedProcesses(id), { graceMs: 2_000 });
  await Promise.all([
    stopDaemon(ctx, 'temporal'),
    stopDaemon(ctx, 'dockerd', 20_000).then(async () => {
      await stopDaemon(ctx, 'registry-export', 3_000);
      await stopDaemon(ctx, 'registry', 3_000);
      await stopDaemon(ctx, 'resolver', 2_000);
    }),
  ]);
  await removeKernelObjects(id);
  await unmountBelow(ctx.dir);
  fs.rmSync(path.join(ctx.dir, 'run'), { recursive: true, force: true });
  const lock = path.join(ctx.cache, 'locks', 'forwarding.lock');
  await withLock(lock, async () => restoreForwarding(ctx.cache));
  print(`  ✓ stopped                    ${duration(Date.now() - start)}`);
}

/**
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {(line: string) => void} print
 */
export async function removeAll(ctx, print) {
  await stopAll(ctx, print, 'will be lost');
  fs.rmSync(ctx.dir, { recursive: true, force: true, maxRetries: 3 });
  await forgetInstance(ctx);
  print(`  ✓ removed ${ctx.dir}; programs and images stay in ${ctx.cache}`);
}

/**
 * The daemon mounts in a namespace of its own, so nothing should be here; a mount that is would
 * make the removal of the folder reach into it.
 * @param {string} folder
 */
async function unmountBelow(folder) {
  const mounts = fs.readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const points = mounts.map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  for (const point of points.filter((name) => name.startsWith(`${folder}/`)).reverse()) {
    await succeeds(['umount', '-l', point]);
  }
}

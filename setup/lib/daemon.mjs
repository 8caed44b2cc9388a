import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './errors.mjs';
import { readJson, sha256 } from './files.mjs';
import { endProcesses, isAlive, waitUntil } from './processes.mjs';

/**
 * @typedef {object} DaemonSpec
 * @property {string} name
 * @property {string[]} argv
 * @property {Record<string, string>} env the whole environment
 * @property {string} [cwd]
 * @property {() => boolean | Promise<boolean>} ready
 * @property {number} [readyMs]
 * @property {string} [identity] what besides its arguments makes it need a restart when it changes
 * @property {number} [graceMs] time between SIGTERM and SIGKILL when it is stopped
 * @property {boolean} [succeeds] a new one takes the place of the one that runs, which then ends by itself
 */

// The new process writes its own identity before it becomes the program, so that a setup killed
// at any moment leaves either nothing or a process that `down` finds.
const LAUNCH = `set -f
read -r stat </proc/$$/stat
set -- "$stat" "$@"
set -- "$1" "$(echo "\${1##*) }" | cut -d' ' -f20)" "$@"
printf '{"pid":%s,"start":"%s","spec":"%s"}\\n' $$ "$2" "$5" >"$4.tmp" && mv "$4.tmp" "$4" || exit 1
shift 5
exec "$@"`;

/**
 * Starts a background process unless exactly this one runs already, and waits until it answers.
 * @param {import('./context.mjs').Context} ctx
 * @param {DaemonSpec} spec
 * @returns {Promise<'running' | 'started'>}
 */
export async function ensureDaemon(ctx, spec) {
  const pidFile = path.join(ctx.paths.pids, `${spec.name}.json`);
  const log = path.join(ctx.paths.logs, `${spec.name}.log`);
  // Not the environment: that differs between two terminals, and is no reason to restart.
  const hash = sha256(JSON.stringify([spec.argv, spec.identity ?? ''])).slice(0, 16);
  const recorded = readJson(pidFile);
  if (isAlive(recorded) && recorded.spec === hash && (await spec.ready())) return 'running';
  const giveBack = spec.succeeds && isAlive(recorded) ? setAside(pidFile, recorded.pid) : undefined;
  if (!giveBack) await stopDaemon(ctx, spec.name, spec.graceMs);

  const output = fs.openSync(log, 'a', 0o600);
  const offset = fs.fstatSync(output).size;
  const child = spawn('/bin/sh', ['-c', LAUNCH, 'sh', pidFile, hash, ...spec.argv], {
    cwd: spec.cwd ?? ctx.root,
    env: spec.env,
    stdio: ['ignore', output, output],
    detached: true,
  });
  fs.closeSync(output);
  child.unref();
  let ended = false;
  child.once('exit', () => (ended = true));
  const answered = await waitUntil(async () => ended || (await spec.ready()), spec.readyMs ?? 30_000, 60);
  if (answered && !ended) return 'started';
  if (giveBack) {
    // What runs goes on as before.
    await stopDaemon(ctx, spec.name, spec.graceMs);
    giveBack();
  }
  const said = fs.readFileSync(log, 'utf8').slice(offset).trim().split('\n').slice(-8).join('\n');
  throw new SetupError(
    `${spec.name} ${ended ? 'ended' : 'did not answer in time'} after its start:\n${said}`,
    giveBack
      ? `See ${log}; what ran before goes on.`
      : `See ${log}; \`npm run down\` and then \`npm run up\` starts everything afresh.`,
  );
}

/**
 * Makes room for the record of a successor.
 * @param {string} pidFile
 * @param {number} pid
 * @returns {() => void} undoes it
 */
function setAside(pidFile, pid) {
  const folder = path.dirname(pidFile);
  const name = path.basename(pidFile, '.json');
  for (const other of fs.readdirSync(folder).filter((entry) => entry.startsWith(`${name}-before-`))) {
    if (!isAlive(readJson(path.join(folder, other)))) fs.rmSync(path.join(folder, other), { force: true });
  }
  const aside = path.join(folder, `${name}-before-${pid}.json`);
  fs.renameSync(pidFile, aside);
  return () => fs.renameSync(aside, pidFile);
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @param {string} name
 * @param {number} [graceMs]
 * @returns {Promise<boolean>} whether it was running
 */
export async function stopDaemon(ctx, name, graceMs = 10_000) {
  const pidFile = path.join(ctx.paths.pids, `${name}.json`);
  const recorded = readJson(pidFile);
  const running = isAlive(recorded);
  if (running) await endProcesses([recorded], { graceMs });
  fs.rmSync(pidFile, { force: true });
  return running;
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @param {string} name
 * @returns {import('./processes.mjs').Identity | undefined} the process when it is running
 */
export function daemonIdentity(ctx, name) {
  const recorded = readJson(path.join(ctx.paths.pids, `${name}.json`));
  return isAlive(recorded) ? recorded : undefined;
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @returns {boolean} whether anything started for this clone runs
 */
export function anyDaemonRuns(ctx) {
  const names = fs.existsSync(ctx.paths.pids) ? fs.readdirSync(ctx.paths.pids) : [];
  return names.some((name) => isAlive(readJson(path.join(ctx.paths.pids, name))));
}

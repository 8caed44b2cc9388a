import fs from 'node:fs';
import path from 'node:path';
import { readJson, writeAtomic } from './files.mjs';
import { isAlive, startTime } from './processes.mjs';

// Who needs the stack: `npm run up` (until `down`) and every command that runs right now. The last
// one to leave stops it. A killed command does not count: it is checked by id and start time.

/** @param {import('./context.mjs').Context} ctx */
const folder = (ctx) => path.join(ctx.dir, 'users');
/** @param {import('./context.mjs').Context} ctx */
const marker = (ctx) => path.join(ctx.dir, 'up');

/** @param {import('./context.mjs').Context} ctx */
export function enter(ctx) {
  const file = path.join(folder(ctx), `${process.pid}.json`);
  writeAtomic(file, JSON.stringify({ pid: process.pid, start: startTime(process.pid) }));
}

/** @param {import('./context.mjs').Context} ctx */
export function leave(ctx) {
  fs.rmSync(path.join(folder(ctx), `${process.pid}.json`), { force: true });
}

/** @param {import('./context.mjs').Context} ctx @returns {boolean} */
export function isNeeded(ctx) {
  return fs.existsSync(marker(ctx)) || commandsAtWork(ctx).length > 0;
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @returns {number[]} ids of the commands that use the stack right now
 */
export function commandsAtWork(ctx) {
  const names = fs.existsSync(folder(ctx)) ? fs.readdirSync(folder(ctx)) : [];
  const users = names.map((name) => readJson(path.join(folder(ctx), name)));
  return users.filter((user) => isAlive(user) && user.pid !== process.pid).map((user) => user.pid);
}

/** @param {import('./context.mjs').Context} ctx @param {boolean} wanted */
export function keepUp(ctx, wanted) {
  if (wanted) writeAtomic(marker(ctx), '');
  else fs.rmSync(marker(ctx), { force: true });
}

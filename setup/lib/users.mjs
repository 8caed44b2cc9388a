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
  if (fs.existsSync(marker(ctx))) return true;
  const names = fs.existsSync(folder(ctx)) ? fs.readdirSync(folder(ctx)) : [];
  return names.some((name) => isAlive(readJson(path.join(folder(ctx), name))));
}

/** @param {import('./context.mjs').Context} ctx @param {boolean} wanted */
export function keepUp(ctx, wanted) {
  if (wanted) writeAtomic(marker(ctx), '');
  else fs.rmSync(marker(ctx), { force: true });
}

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './errors.mjs';
import { readJson, sha256, writeAtomic } from './files.mjs';
import { withLock } from './lock.mjs';
import { overlaps, parseRoutes, SLOTS, slotNetwork, usedPorts } from './network.mjs';

/**
 * @typedef {{ id: string, clone: string, slot: number } & ReturnType<typeof slotNetwork>} Instance
 */

/** @param {string} clone real path */
export function instanceId(clone) {
  return sha256(clone).slice(0, 8);
}

/**
 * @param {{ dir: string, root: string }} where
 * @returns {Instance | undefined} what `.cc-ci/instance.json` says
 */
export function readInstance({ dir, root }) {
  const record = readJson(path.join(dir, 'instance.json'));
  if (!record) return undefined;
  if (record.clone !== root) {
    throw new SetupError(
      `${dir} belongs to the clone at ${record.clone}: the folder was copied or moved.`,
      `Run \`rm -r ${dir}\` if it was copied, or move the clone back and run \`npm run clean\`.`,
    );
  }
  return { ...record, ...slotNetwork(record.slot) };
}

/**
 * The addresses and ports of this clone, the same ones for as long as its `.cc-ci` exists.
 * @param {import('./context.mjs').Context} ctx
 * @param {(id: string) => Promise<void>} reclaim removes what a deleted clone left running
 * @returns {Promise<Instance>}
 */
export async function ensureInstance(ctx, reclaim) {
  const folder = path.join(ctx.cache, 'instances');
  const id = instanceId(ctx.root);
  const claim = (/** @type {number} */ slot) =>
    writeAtomic(path.join(folder, `${slot}.json`), JSON.stringify({ id, clone: ctx.root }));
  return withLock(path.join(ctx.cache, 'locks', 'instances.lock'), async () => {
    const known = readInstance(ctx);
    if (known) {
      const owner = readJson(path.join(folder, `${known.slot}.json`));
      if (!owner) claim(known.slot); // the cache was emptied meanwhile
      if (!owner || owner.id === id) return known;
      // Somebody else got the slot while it was unregistered: take another one below.
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      const owner = readJson(path.join(folder, `${slot}.json`));
      if (owner && owner.id !== id) {
        if (fs.existsSync(path.join(owner.clone, '.cc-ci', 'instance.json'))) continue;
        await reclaim(owner.id);
        fs.rmSync(path.join(folder, `${slot}.json`), { force: true });
      }
      if (!isFree(slot)) continue;
      claim(slot);
      const record = { id, clone: ctx.root, slot };
      writeAtomic(path.join(ctx.dir, 'instance.json'), `${JSON.stringify(record)}\n`, 0o600);
      return { ...record, ...slotNetwork(slot) };
    }
    throw new SetupError('No free address range is left in 10.213.0.0/16.', 'Remove old clones.');
  });
}

/** @param {import('./context.mjs').Context} ctx */
export async function forgetInstance(ctx) {
  const folder = path.join(ctx.cache, 'instances');
  const id = instanceId(ctx.root);
  await withLock(path.join(ctx.cache, 'locks', 'instances.lock'), async () => {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      const file = path.join(folder, name);
      if (readJson(file)?.id === id) fs.rmSync(file, { force: true });
    }
  });
}

/** @param {number} slot */
function isFree(slot) {
  const network = slotNetwork(slot);
  const table = (/** @type {string} */ name) => {
    try {
      return fs.readFileSync(`/proc/net/${name}`, 'utf8');
    } catch {
      return ''; // no IPv6 on this machine
    }
  };
  const used = new Set([...usedPorts(table('tcp')), ...usedPorts(table('tcp6'))]);
  if (Object.values(network.ports).some((port) => used.has(port))) return false;
  return !overlaps(network.subnet, parseRoutes(table('route')));
}

import { posix } from 'node:path';
import { z } from 'zod';
import type { Snapshot, SnapshotEntry } from '../../../../domain/backup.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { HEAD_BYTES, isDump, judgeDump } from './judge-dump.ts';
import { runRestic, VOLUMES } from './repository.ts';

const LIST = 'exec restic ls --json --no-lock --no-cache -- "$1"';
/** The beginning of each file, as one line of base64. */
const LOOK = `
id=$1
shift
for path do restic dump --no-lock --no-cache -- "$id" "$path" | head -c ${HEAD_BYTES} | base64 | tr -d '\\n'; echo; done`;
/** A list of some hundred thousand files. */
const LIST_BYTES = 128 * 1024 * 1024;
const LOOK_BYTES = 16 * 1024 * 1024;
/** More dumps than any recipe has; each takes a second to look into. */
const MOST_DUMPS = 50;

const nodeSchema = z.looseObject({
  struct_type: z.literal('node'),
  path: z.string(),
  type: z.string(),
  size: z.number().int().nonnegative().default(0),
});

/** What a snapshot really holds, read from it; dump files also by what is in them. */
export async function snapshotContents(
  context: SwarmContext,
  operation: Operation,
  app: App,
  snapshot: Snapshot,
): Promise<readonly SnapshotEntry[]> {
  const listed = await runRestic(context, operation, app, [LIST, snapshot.id], {
    change: false,
    maxBytes: LIST_BYTES,
  });
  const entries = listed.stdout.split('\n').flatMap(toEntry);
  const dumps = entries.filter((entry) => isDump(snapshot.services, entry)).slice(0, MOST_DUMPS);
  if (dumps.length === 0) return entries;
  const paths = dumps.map(({ volume, path }) => posix.join(VOLUMES, volume, path));
  const looked = await runRestic(context, operation, app, [LOOK, snapshot.id, ...paths], {
    change: false,
    maxBytes: LOOK_BYTES,
  });
  const heads = looked.stdout.split('\n');
  const judged = new Map(
    dumps.map((entry, index) => [entry, judgeDump(entry, Buffer.from(heads[index] ?? '', 'base64'))]),
  );
  return entries.map((entry) => {
    const dump = judged.get(entry);
    return dump === undefined ? entry : { ...entry, dump };
  });
}

function toEntry(line: string): SnapshotEntry[] {
  if (line === '') return [];
  const node = nodeSchema.safeParse(JSON.parse(line));
  // The first line tells of the snapshot itself; folders above the volumes are restic's own.
  if (!node.success || !node.data.path.startsWith(`${VOLUMES}/`)) return [];
  const [volume = '', ...path] = node.data.path.slice(VOLUMES.length + 1).split('/');
  const type = node.data.type === 'file' ? 'file' : node.data.type === 'dir' ? 'folder' : 'other';
  return [{ volume, path: path.join('/'), type, bytes: type === 'file' ? node.data.size : 0 }];
}

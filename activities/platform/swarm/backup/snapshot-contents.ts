import { posix } from 'node:path';
import { z } from 'zod';
import type { Snapshot, SnapshotEntry } from '../../../../domain/backup.ts';
import { CodedError } from '../../../../domain/errors.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { HEAD_BYTES, isDump, judgeDump } from './judge-dump.ts';
import { runRestic, VOLUMES } from './repository.ts';

const LIST = 'exec restic ls --json --no-lock --no-cache -- "$1"';
/** The beginning of each file, as one line of base64: what is too short tells that a dump failed. */
const LOOK = `
id=$1
shift
for path do restic dump --no-lock --no-cache -- "$id" "$path" | head -c ${HEAD_BYTES} | base64 | tr -d '\\n'; echo; done`;
/** A list of some hundred thousand files. */
const LIST_BYTES = 128 * 1024 * 1024;
const LOOK_BYTES = 16 * 1024 * 1024;
/** More dumps than any recipe has; each takes a second to look into. */
const MOST_DUMPS = 50;
const SAID_LENGTH = 500;

const nodeSchema = z.looseObject({
  struct_type: z.literal('node'),
  path: z.string(),
  type: z.string(),
  size: z.number().int().nonnegative().default(0),
});

/**
 * What a snapshot really holds, read from it; dump files also by what is in them. Rejects with `E_COMMAND` when the list
 * of files is longer than can be looked at, and when a dump cannot be read.
 */
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
  if (!listed.stdout.endsWith('\n') || Buffer.byteLength(listed.stdout) >= LIST_BYTES)
    throw new CodedError(
      'E_COMMAND',
      `the list of files in the snapshot is cut (${LIST_BYTES} bytes at most)`,
    );
  const entries = listed.stdout.split('\n').flatMap(toEntry);
  const dumps = entries.filter((entry) => isDump(snapshot.services, entry)).slice(0, MOST_DUMPS);
  if (dumps.length === 0) return entries;
  const paths = dumps.map(({ volume, path }) => posix.join(VOLUMES, volume, path));
  const looked = await runRestic(context, operation, app, [LOOK, snapshot.id, ...paths], {
    change: false,
    maxBytes: LOOK_BYTES,
  });
  const lines = looked.stdout.split('\n');
  const heads = dumps.map((entry, index) => ({ entry, head: Buffer.from(lines[index] ?? '', 'base64') }));
  const unread = heads.filter(({ entry, head }) => head.length < Math.min(entry.bytes, HEAD_BYTES));
  if (unread.length > 0) {
    const names = unread.map(
      ({ entry, head }) => `${entry.volume}/${entry.path} (${head.length} bytes came)`,
    );
    const said = operation.redact(looked.stderr.trim()).slice(-SAID_LENGTH);
    throw new CodedError('E_COMMAND', `the snapshot cannot be read: ${names.join(', ')}: ${said}`);
  }
  const judged = new Map(heads.map(({ entry, head }) => [entry, judgeDump(entry, head)]));
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

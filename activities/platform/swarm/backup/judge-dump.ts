import { constants, gunzipSync } from 'node:zlib';
import type { ServiceBackup, SnapshotEntry } from '../../../../domain/backup.ts';

/** How much of a dump is looked at. */
export const HEAD_BYTES = 64 * 1024;

/** Names that dumps of databases have. */
const DUMP_NAME = /\.(sql|dump|pgdump|pg_dump)(\.(gz|xz|zst|bz2|lz4))?$/i;
const SQL_NAME = /\.sql(\.gz)?$/i;
/** Statements that bring something back; a dump of nothing sets variables and ends. */
const STATEMENT =
  /^\s*(CREATE|INSERT|COPY|REPLACE|ALTER|UPDATE|MERGE|GRANT|SELECT\s+pg_catalog\.(setval|lo_))/im;

/** Other compressions by their first bytes, with the size that a file of nothing has. */
const NOTHING_COMPRESSED: readonly { readonly magic: readonly number[]; readonly bytes: number }[] = [
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], bytes: 32 },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], bytes: 13 },
  { magic: [0x42, 0x5a, 0x68], bytes: 14 },
  { magic: [0x04, 0x22, 0x4d, 0x18], bytes: 15 },
];

/**
 * Whether a file of a snapshot is a dump: a labelled path that is a file, or a file with the name of a dump right in a
 * labelled folder of a service that makes one with its pre-hook.
 */
export function isDump(services: readonly ServiceBackup[], entry: SnapshotEntry): boolean {
  if (entry.type !== 'file' || entry.bytes === 0) return false;
  const folder = entry.path.includes('/') ? entry.path.slice(0, entry.path.lastIndexOf('/')) : '';
  return services.some(({ paths, preHook }) =>
    paths.some(({ volume, path }) => {
      if (volume !== entry.volume) return false;
      return path === entry.path || (preHook !== undefined && path === folder && DUMP_NAME.test(entry.path));
    }),
  );
}

/** Whether a snapshot of the services can hold dumps at all: whole volumes that no hook prepares hold none. */
export function mayHoldDumps(services: readonly ServiceBackup[]): boolean {
  return services.some(
    ({ paths, preHook }) => preHook !== undefined || paths.some(({ path }) => path !== ''),
  );
}

/** Judges a dump by its name, its size and its first bytes (`HEAD_BYTES` of it, or all). */
export function judgeDump(entry: Pick<SnapshotEntry, 'path' | 'bytes'>, head: Buffer): 'empty' | 'data' {
  const isSmall = NOTHING_COMPRESSED.some(
    ({ magic, bytes }) => entry.bytes <= bytes && magic.every((byte, index) => head[index] === byte),
  );
  if (isSmall) return 'empty';
  const content = isGzip(head) ? gunzipStart(head) : head;
  if (content === undefined) return 'empty';
  // A tar archive without files is nothing but zeros.
  if (content.every((byte) => byte === 0)) return 'empty';
  if (!SQL_NAME.test(entry.path) || content.includes(0)) return 'data';
  // What goes on beyond the look is no dump of nothing.
  if (content.length >= HEAD_BYTES) return 'data';
  return STATEMENT.test(withoutComments(content.toString('utf8'))) ? 'data' : 'empty';
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** What the first bytes hold; undefined when they are no gzip after all, from which nothing can be restored. */
function gunzipStart(head: Buffer): Buffer | undefined {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
  } catch {
    return undefined;
  }
}

/** MySQL's `/*!` is a comment only to other databases, but what stands in it brings back no rows. */
function withoutComments(sql: string): string {
  return sql.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*--.*$/gm, '');
}

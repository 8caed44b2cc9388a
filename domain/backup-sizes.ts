import type { PathSize, ServiceBackup, SnapshotEntry } from './backup.ts';
import { isBelow } from './backup-labels.ts';

/** Less than this is as much as markers and an empty database make: its halves say nothing. */
const LEAST_BYTES = 4096;

/** How much of each labelled path a snapshot holds. A file counts once, for the deepest path that it lies in. */
export function pathSizes(
  services: readonly ServiceBackup[],
  contents: readonly SnapshotEntry[],
): readonly PathSize[] {
  const sizes = services
    .flatMap(({ service, paths }) => paths.map(({ volume, path }) => ({ service, volume, path, bytes: 0 })))
    .sort((a, b) => b.path.length - a.path.length);
  for (const entry of contents) {
    const deepest = sizes.find(({ volume, path }) => volume === entry.volume && isBelow(entry.path, path));
    if (deepest) deepest.bytes += entry.bytes;
  }
  return sizes.filter(({ bytes }) => bytes >= LEAST_BYTES);
}

/** The sizes as what a snapshot would hold that has them: one file in the place of each path. */
export function asContents(sizes: readonly PathSize[]): readonly SnapshotEntry[] {
  return sizes.map(({ volume, path, bytes }) => ({ volume, path, type: 'file', bytes }));
}

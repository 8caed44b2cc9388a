import type { BackupPath, ServiceBackup, SnapshotEntry } from './backup.ts';
import { isBelow } from './backup-labels.ts';
import type { Marker } from './markers.ts';
import type { RecipeDefinition } from './recipe.ts';

/** A path that shrinks below this part of what it was has lost data (spec O-11). */
const LEAST_SHARE = 0.5;

export interface SnapshotClaims {
  /** What the labels promise. */
  readonly services: readonly ServiceBackup[];
  /** What the snapshot holds. */
  readonly contents: readonly SnapshotEntry[];
  /** What the last complete snapshot of the same app held. */
  readonly previous?: readonly SnapshotEntry[] | undefined;
  readonly markers: readonly Marker[];
  /** What the recipe folder asks for beyond the labels. */
  readonly extra: RecipeDefinition['backup']['verify'];
}

/** What a snapshot lacks of what was promised, one sentence each; empty when it is complete. */
export function verifySnapshot({ services, contents, previous, markers, extra }: SnapshotClaims): string[] {
  return [
    ...services.flatMap((service) => lackingOf(service, contents)),
    ...emptyDumps(services, contents),
    ...markers.flatMap((marker) => lostMarker(marker, contents)),
    ...extra.flatMap((wanted) => tooSmall(wanted, contents)),
    ...(previous ? labelledPaths(services).flatMap((path) => shrunk(path, contents, previous)) : []),
  ];
}

/** The dump files of a snapshot that have nothing in them to restore. */
export function emptyDumps(
  services: readonly ServiceBackup[],
  contents: readonly SnapshotEntry[],
): readonly string[] {
  const labelled = labelledPaths(services);
  return contents
    .filter((entry) => entry.type === 'file' && labelled.some((path) => holds(path, entry)))
    .filter((entry) => entry.dump === 'empty' || (entry.bytes === 0 && isOneOf(labelled, entry)))
    .map(
      ({ volume, path, bytes }) => `${shown({ volume, path })} has nothing in it to restore (${bytes} bytes)`,
    );
}

/** Files of a snapshot that a labelled path names itself, or that lie in it. */
export function holds({ volume, path }: Place, entry: SnapshotEntry): boolean {
  return entry.volume === volume && isBelow(entry.path, path);
}

type Place = Pick<BackupPath, 'volume' | 'path'>;

function lackingOf(
  { service, paths, unmapped = [], preHook }: ServiceBackup,
  contents: readonly SnapshotEntry[],
) {
  return [
    ...unmapped.map((text) => `${service}: no volume of the service holds ${text}, which its labels name`),
    ...(paths.length === 0 ? [`${service}: asks for a backup, and nothing of it would be saved`] : []),
    ...paths.flatMap((path) => {
      const found = contents.filter((entry) => holds(path, entry));
      if (found.length === 0) return [`${service}: ${shown(path)} is not in the snapshot`];
      if (found.some(({ type }) => type === 'file')) return [];
      // A folder that is empty in the app is saved as that; a pre-hook is there to put something into it.
      const isFolder = found.some((entry) => entry.type === 'folder' && entry.path === path.path);
      if (isFolder && preHook === undefined) return [];
      return [`${service}: there is no file in ${shown(path)}`];
    }),
  ];
}

function lostMarker({ kind, backedUp, what, volume, path }: Marker, contents: readonly SnapshotEntry[]) {
  if (kind !== 'file' || !backedUp || path === undefined) return [];
  const there = contents.some(
    (entry) => entry.path === path && entry.type === 'file' && [undefined, entry.volume].includes(volume),
  );
  return there ? [] : [`the marker (${what}) is not in the snapshot`];
}

function tooSmall(
  { volume, path, minBytes }: SnapshotClaims['extra'][number],
  contents: readonly SnapshotEntry[],
) {
  const place = { volume, path: path.replace(/^\/+|\/+$/g, '') };
  if (!contents.some((entry) => holds(place, entry)))
    return [`${shown(place)} is not in the snapshot (recipe.ts asks for it)`];
  const bytes = bytesIn(place, contents);
  return bytes < minBytes
    ? [`${shown(place)} has ${bytes} bytes, recipe.ts asks for at least ${minBytes}`]
    : [];
}

function shrunk(path: Place, contents: readonly SnapshotEntry[], previous: readonly SnapshotEntry[]) {
  const now = bytesIn(path, contents);
  const before = bytesIn(path, previous);
  return now < before * LEAST_SHARE
    ? [`${shown(path)} has ${now} bytes, less than half of the ${before} of the snapshot before`]
    : [];
}

function bytesIn(path: Place, contents: readonly SnapshotEntry[]): number {
  const files = contents.filter((entry) => entry.type === 'file' && holds(path, entry));
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function labelledPaths(services: readonly ServiceBackup[]): readonly Place[] {
  const all = services.flatMap(({ paths }) => paths);
  return all.filter((path, index) => all.findIndex((other) => shown(other) === shown(path)) === index);
}

function isOneOf(paths: readonly Place[], { volume, path }: SnapshotEntry): boolean {
  return paths.some((labelled) => labelled.volume === volume && labelled.path === path);
}

function shown({ volume, path }: Place): string {
  return path === '' ? `volume ${volume}` : `${volume}/${path}`;
}

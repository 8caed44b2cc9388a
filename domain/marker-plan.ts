import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { BackupPath, ServiceBackup } from './backup.ts';
import type { Marker, Seeding, Unplaced } from './markers.ts';
import { databaseEngine, storeOf } from './stores.ts';

/** What of a running service decides which markers it gets. */
export interface MarkedService {
  readonly service: string;
  readonly image: string;
  readonly volumes: readonly {
    readonly volume: string;
    readonly target: string;
    readonly readOnly: boolean;
  }[];
}

/**
 * The markers that an app can hold, from what its services run and what its labels save: rows in each database, a file
 * in each volume of the other services, and the recipe's own. `unplaced` are the stores that nothing can write into;
 * the recipe's own marker stands for them.
 */
export function planMarkers(
  services: readonly MarkedService[],
  backups: readonly ServiceBackup[],
  options: { readonly environmentId: string; readonly recipeMarker: boolean },
): Seeding {
  // A stack that declares backups must bring its databases back, whichever of its services bears the label.
  const backedUp = backups.length > 0;
  const rows = services.flatMap(({ service, image }): Marker[] => {
    const engine = databaseEngine(image);
    if (!engine) return [];
    const what = `a row of table ci_marker in ${service}`;
    return [{ id: `row ${service}`, kind: 'row', service, what, backedUp, engine }];
  });
  const stores = services.filter(({ image, volumes }) => storeOf(image) === 'other' && volumes.length > 0);
  const unplaced = stores.map(({ service, image }): Unplaced => {
    const reason = `cc-ci knows no way to write into ${image}`;
    return { service, what: `the data of ${service}`, reason, backedUp };
  });
  const recipe: Marker = {
    id: 'recipe',
    kind: 'recipe',
    service: services[0]?.service ?? '',
    what: "the recipe's own marker",
    backedUp,
  };
  const { environmentId, recipeMarker } = options;
  return {
    markers: [...rows, ...planFiles(services, backups, environmentId), ...(recipeMarker ? [recipe] : [])],
    unplaced: recipeMarker ? [] : unplaced,
    keepsData:
      recipeMarker || services.some(({ image, volumes }) => storeOf(image) !== 'cache' && volumes.length > 0),
  };
}

/** The same marker at the root of its volume, where no backup has to save it. */
export function atRoot(marker: Marker): Marker {
  const { volume = '', path = '' } = marker;
  const place = { id: `file ${volume}`, what: `a file in volume ${volume}`, path: path.replace(/^.*\//, '') };
  return { ...marker, ...place, backedUp: false };
}

function planFiles(
  services: readonly MarkedService[],
  backups: readonly ServiceBackup[],
  environmentId: string,
): readonly Marker[] {
  const mounts = services.flatMap(({ service, image, volumes }) =>
    volumes.map(({ volume, readOnly }) => ({ service, volume, readOnly, store: storeOf(image) })),
  );
  const saved = backups.flatMap(({ paths }) => paths);
  return [...new Set(mounts.map(({ volume }) => volume))].flatMap((volume): readonly Marker[] => {
    const users = mounts.filter((mount) => mount.volume === volume);
    const holder = users.find(({ readOnly, store }) => !readOnly && store !== 'cache');
    // A file survives beside data that a store has lost, and some stores take what they do not know for damage.
    if (!holder || users.some(({ store }) => store !== undefined && store !== 'cache')) return [];
    const path = fileName(environmentId, volume);
    const what = `a file in volume ${volume}`;
    const root = { id: `file ${volume}`, kind: 'file', service: holder.service, what, volume, path } as const;
    const folders = foldersFor(saved.filter((one) => one.volume === volume));
    if (folders.length === 0 || folders.includes('')) return [{ ...root, backedUp: folders.length > 0 }];
    return folders.map((folder) => ({
      ...root,
      id: `file ${volume}/${folder}`,
      what: `a file in folder ${folder} of volume ${volume}`,
      path: `${folder}/${path}`,
      backedUp: true,
    }));
  });
}

/** The folders that the labels save of a volume; the empty one is all of it. */
function foldersFor(saved: readonly BackupPath[]): readonly string[] {
  const paths = saved.map(({ path }) => path.replace(/\/+$/, ''));
  return [...new Set(paths.filter((path) => path === '' || !looksLikeFile(path)))];
}

/** Of a path that need not exist yet nothing but its name tells: `dump.sql` is a file, `uploads` and `.ssh` are folders. */
function looksLikeFile(path: string): boolean {
  return /[^./][^/]*\.[^./]+$/.test(path);
}

/** Different for each volume, because a marker is looked for in all volumes of the app. */
function fileName(environmentId: string, volume: string): string {
  const digits = bytesToHex(sha256(utf8ToBytes(JSON.stringify([environmentId, volume])))).slice(0, 8);
  return `ci-marker-${digits}.txt`;
}

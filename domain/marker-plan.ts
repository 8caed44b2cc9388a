import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { BackupPath, ServiceBackup } from './backup.ts';
import type { Marker } from './markers.ts';

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

export type Engine = NonNullable<Marker['engine']>;

/**
 * Last parts of the names of images that are a database server, by engine. Images that only have such a name in theirs
 * (`postgres-exporter`, `mysql-backup`) are not.
 */
const IMAGES: Readonly<Record<Engine, readonly string[]>> = {
  postgres: [
    ...['postgres', 'postgresql', 'pgautoupgrade', 'postgis', 'pgvector', 'pgvecto-rs', 'vectorchord'],
    ...['vchord-postgres', 'vchord-suite', 'timescaledb'],
  ],
  mysql: ['mariadb', 'mysql', 'mysql-server', 'percona', 'percona-server'],
};

/** The engine of a database image, whatever registry, namespace and tag it has; undefined for all other images. */
export function databaseEngine(image: string): Engine | undefined {
  const [reference = ''] = image.split('@', 1);
  const name = (reference.split('/').at(-1) ?? '').split(':', 1)[0] ?? '';
  if (IMAGES.postgres.includes(name)) return 'postgres';
  return IMAGES.mysql.includes(name) ? 'mysql' : undefined;
}

/**
 * The markers that an app can hold, from what its services run and what its labels save: a row in each database, a file
 * in each volume of the other services, and the recipe's own.
 */
export function planMarkers(
  services: readonly MarkedService[],
  backups: readonly ServiceBackup[],
  options: { readonly environmentId: string; readonly recipeMarker: boolean },
): readonly Marker[] {
  // A stack that declares backups must bring its database back, whichever of its services bears the label.
  const backedUp = backups.length > 0;
  const rows = services.flatMap(({ service, image }): Marker[] => {
    const engine = databaseEngine(image);
    if (!engine) return [];
    const what = `a row of table ci_marker in ${service}`;
    return [{ id: `row ${service}`, kind: 'row', service, what, backedUp, engine }];
  });
  const recipe: Marker = {
    id: 'recipe',
    kind: 'recipe',
    service: services[0]?.service ?? '',
    what: "the recipe's own marker",
    backedUp,
  };
  return [
    ...rows,
    ...planFiles(services, backups, options.environmentId),
    ...(options.recipeMarker ? [recipe] : []),
  ];
}

function planFiles(
  services: readonly MarkedService[],
  backups: readonly ServiceBackup[],
  environmentId: string,
): readonly Marker[] {
  const mounts = services.flatMap(({ service, image, volumes }) =>
    volumes.map(({ volume, readOnly }) => ({
      service,
      volume,
      readOnly,
      database: databaseEngine(image) !== undefined,
    })),
  );
  const saved = backups.flatMap(({ paths }) => paths);
  return [...new Set(mounts.map(({ volume }) => volume))].flatMap((volume): Marker[] => {
    const users = mounts.filter((mount) => mount.volume === volume);
    const holder = users.find(({ readOnly }) => !readOnly);
    // A database server takes what it does not know in its folder for damage.
    if (!holder || users.some(({ database }) => database)) return [];
    const place = placeFile(saved.filter((path) => path.volume === volume));
    const name = fileName(environmentId, volume);
    return [
      {
        id: `file ${volume}`,
        kind: 'file',
        service: holder.service,
        what: `a file in volume ${volume}`,
        backedUp: place !== undefined,
        volume,
        path: place ? `${place}/${name}` : name,
      },
    ];
  });
}

/** The folder for a file that the backup is to save; undefined when the labels save none of the volume's folders. */
function placeFile(saved: readonly BackupPath[]): string | undefined {
  const paths = saved.map(({ path }) => path.replace(/\/+$/, ''));
  return paths.find((path) => path === '') ?? paths.find((path) => !looksLikeFile(path));
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

import type { BackupPath, ServiceBackup } from './backup.ts';

/** A running service: its labels as deployed (interpolated, as a map), and the named volumes it mounts. */
export interface LabelledService {
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly volumes: readonly {
    /** Compose key. */
    readonly volume: string;
    readonly volumeName: string;
    /** Where the container sees it. */
    readonly target: string;
  }[];
  /** Labels of its containers: backup-bot-two does not look there. */
  readonly containerLabels?: Readonly<Record<string, string>>;
}

type Mount = LabelledService['volumes'][number];

/**
 * What is said of a single volume. The documented spelling is `backupbot.backup.volumes.<volume>`; recipes also have
 * `backupbot.volumes.<volume>`.
 */
export const OF_VOLUME = /^backupbot\.(?:backup\.)?volumes\.(.+?)(\.path)?$/;

/**
 * What the labels of running services ask backup-bot-two to save and to run, service by service (its documentation,
 * versions 2 and 1). Labels that name single volumes are version 2 and then count alone; `backupbot.backup.path` is
 * version 1. A label that names what no mount holds ends up in `unmapped`: nothing of it can be in a snapshot.
 */
export function serviceBackups(services: readonly LabelledService[]): ServiceBackup[] {
  return services.filter(({ labels }) => isOn(labels['backupbot.backup'])).map(toBackup);
}

function toBackup(service: LabelledService): ServiceBackup {
  const { labels } = service;
  const first = labels['backupbot.backup.path'];
  const ofVolumes = Object.keys(labels).some((label) => OF_VOLUME.test(label));
  const version = listOf(first).length > 0 && !ofVolumes ? 'v1' : 'v2';
  const { paths, unmapped } = version === 'v1' ? mapContainerPaths(service) : selectVolumes(service);
  return {
    service: service.service,
    version,
    paths: withoutRepeats(paths),
    ...(unmapped.length > 0 ? { unmapped } : {}),
    ...hook('preHook', labels['backupbot.backup.pre-hook']),
    ...hook('postHook', labels['backupbot.backup.post-hook']),
    ...hook('restorePreHook', labels['backupbot.restore.pre-hook']),
    ...hook('restorePostHook', labels['backupbot.restore.post-hook']),
  };
}

interface Mapped {
  readonly paths: readonly BackupPath[];
  readonly unmapped: string[];
}

/** Version 2: all volumes of the service, less what is excluded, and only parts of those that have a `.path`. */
function selectVolumes({ labels, volumes }: LabelledService): Mapped {
  const excluded = new Set<string>();
  const parts = new Map<string, readonly string[]>();
  for (const [label, value] of Object.entries(labels)) {
    const [, volume, path] = OF_VOLUME.exec(label) ?? [];
    if (volume === undefined) continue;
    if (path === undefined && !isOn(value)) excluded.add(volume);
    if (path !== undefined && listOf(value).length > 0) parts.set(volume, listOf(value));
  }
  const unmapped: string[] = [];
  for (const volume of parts.keys())
    if (!volumes.some((mount) => mount.volume === volume)) unmapped.push(`volume ${volume}`);
  const paths = volumes
    .filter(({ volume }) => !excluded.has(volume))
    .flatMap((mount) =>
      (parts.get(mount.volume) ?? ['']).flatMap((part) => {
        const path = resolve(part);
        if (path === undefined) unmapped.push(`${mount.volume}/${part}`);
        return path === undefined ? [] : [within(mount, path)];
      }),
    );
  return { paths, unmapped };
}

/** Version 1: absolute paths in the container, each in the mount that lies deepest above it, or around mounts. */
function mapContainerPaths({ labels, volumes }: LabelledService): Mapped {
  const unmapped: string[] = [];
  const paths = listOf(labels['backupbot.backup.path']).flatMap((text) => {
    const path = text.startsWith('/') ? resolve(text) : undefined;
    const found = path === undefined ? [] : mountedAt(path, volumes);
    if (found.length === 0) unmapped.push(text);
    return found;
  });
  return { paths, unmapped };
}

function mountedAt(path: string, volumes: readonly Mount[]): readonly BackupPath[] {
  const mounts = volumes.map((mount) => ({ mount, target: resolve(mount.target) ?? '' }));
  const [deepest] = mounts
    .filter(({ target }) => isBelow(path, target))
    .sort((a, b) => b.target.length - a.target.length);
  const own = deepest ? [within(deepest.mount, path.slice(deepest.target.length).replace(/^\//, ''))] : [];
  const inside = mounts.filter(({ target }) => target !== path && isBelow(target, path));
  return [...own, ...inside.map(({ mount }) => within(mount, ''))];
}

/** Whether a path is the folder or lies in it; both without a leading slash. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function within({ volume, volumeName }: Mount, path: string): BackupPath {
  return { volume, volumeName, path };
}

function withoutRepeats(paths: readonly BackupPath[]): BackupPath[] {
  return paths.filter(
    ({ volume, path }, index) =>
      paths.findIndex((other) => other.volume === volume && other.path === path) === index,
  );
}

/** A path without a leading slash, `.` and repeated slashes; undefined when it would lead out of where it starts. */
function resolve(path: string): string | undefined {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  return steps.includes('..') ? undefined : steps.join('/');
}

function hook<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>>;
function hook(name: string, value = ''): Partial<Record<string, string>> {
  return value.trim() === '' ? {} : { [name]: value.trim() };
}

/** Whether a label switches something on: everything but nothing and the usual words for no. */
export function isOn(value: string | undefined): boolean {
  return isExplicit(value) && !['false', '0', 'no', 'off'].includes((value ?? '').trim().toLowerCase());
}

/** Whether a label says yes or no at all; a variable that nobody sets leaves it empty. */
export function isExplicit(value: string | undefined): boolean {
  return (value ?? '').trim() !== '';
}

/** Labels that speak of a backup, misspelt ones too. */
export function backupLabelsIn(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(labels).filter((label) => /^back-?up[-_]?bot/i.test(label));
}

/**
 * Why it looks as if a backup were meant although no service asks for one; undefined when there are no labels of a
 * backup, or `backupbot.backup` of some service says yes or no.
 */
export function declaredBackup(services: readonly Omit<LabelledService, 'volumes'>[]): string | undefined {
  if (services.some(({ labels }) => isExplicit(labels['backupbot.backup']))) return undefined;
  const declaring = services.filter(
    ({ labels, containerLabels }) => backupLabelsIn({ ...labels, ...containerLabels }).length > 0,
  );
  if (declaring.length === 0) return undefined;
  const names = declaring.map(({ service }) => service).join(', ');
  return `backup labels without backupbot.backup being on or off: ${names}`;
}

/** Items of a comma list, without blanks. */
export function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

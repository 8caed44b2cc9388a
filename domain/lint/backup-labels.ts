import { isOn, listOf, OF_VOLUME } from '../backup-labels.ts';
import type { ComposeService } from '../compose.ts';
import type { RecipeConfig } from './recipe-tree.ts';
import type { LintInput } from './rule.ts';

/** What the labels of a service ask backup-bot-two to do (versions 2 and 1), and what the service mounts. */
export interface BackupLabels {
  readonly service: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the containers and not of the service; backup-bot-two does not look there. */
  readonly containerLabels: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  /** Named volumes by compose key, with where they are mounted. */
  readonly volumes: readonly { readonly volume: string; readonly target: string }[];
  /** Targets of everything that lies outside the container's own layer. */
  readonly targets: readonly string[];
  /** Version 1: paths in the container. */
  readonly paths: readonly string[];
  /** Version 2: what is said of single volumes, by label. */
  readonly selections: readonly {
    readonly label: string;
    readonly volume: string;
    readonly kind: 'path' | 'excluded' | 'included';
  }[];
  /** Scripts of the repository by where they are mounted. */
  readonly scripts: readonly { readonly target: string; readonly config: RecipeConfig }[];
}

export function backupLabels({ services, tree }: LintInput): BackupLabels[] {
  return services.map(([service, compose]) => {
    const labels = compose.deploy?.labels ?? {};
    const mounts = (compose.volumes ?? []).filter(({ type }) => type !== 'tmpfs');
    return {
      service,
      image: compose.image ?? '',
      labels,
      containerLabels: compose.labels ?? {},
      enabled: isOn(labels['backupbot.backup']),
      volumes: mounts.flatMap(({ type, source = '', target = '' }) =>
        type === 'volume' && source !== '' ? [{ volume: source, target: folder(target) }] : [],
      ),
      targets: mounts.map(({ target = '' }) => folder(target)),
      paths: listOf(labels['backupbot.backup.path']).map(folder),
      selections: Object.entries(labels).flatMap(([label, value]) => {
        const [, volume, path] = OF_VOLUME.exec(label) ?? [];
        if (volume === undefined) return [];
        const kind = path ? 'path' : isOn(value) ? 'included' : 'excluded';
        return [{ label, volume, kind } as const];
      }),
      scripts: scriptsOf(compose, tree.configs),
    };
  });
}

function scriptsOf({ configs = [] }: ComposeService, known: readonly RecipeConfig[]) {
  return configs.flatMap(({ source, target }) => {
    const config = known.find(({ kind, key }) => kind === 'configs' && key === source);
    return config ? [{ target: target ?? `/${source}`, config }] : [];
  });
}

/** Volumes that are saved: those not excluded, in full or in part. */
export function savedVolumes({ volumes, selections }: BackupLabels): BackupLabels['volumes'] {
  const excluded = selections.filter(({ kind }) => kind === 'excluded').map(({ volume }) => volume);
  return volumes.filter(({ volume }) => !excluded.includes(volume));
}

/** Whether one path contains the other, or they are the same. */
export function overlap(a: string, b: string): boolean {
  return contains(a, b) || contains(b, a);
}

export function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}

/** Scripts of the repository that a hook calls. */
export function scriptsIn(hook: string, { scripts }: BackupLabels): readonly RecipeConfig[] {
  const words = hook.split(/[\s"'`;&|()]+/);
  return scripts.filter(({ target }) => words.includes(target)).map(({ config }) => config);
}

export const HOOKS = [
  'backupbot.backup.pre-hook',
  'backupbot.backup.post-hook',
  'backupbot.restore.pre-hook',
  'backupbot.restore.post-hook',
] as const;

function folder(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hostPaths } from '../../activities/support/paths.ts';
import { CCI_LABELS, markLabels } from '../../domain/labels.ts';
import { config, docker, eventually } from './stack.ts';

/** Kinds of Docker objects that can be listed by name. */
export const KINDS = ['service', 'volume', 'secret', 'config', 'network'] as const;
export type Kind = (typeof KINDS)[number];

/** `kind name` of all objects of the daemon that are listed by name. */
export async function objects(): Promise<string[]> {
  const names = async (kind: Kind) => {
    const listed = await docker(kind, 'ls', '--format', '{{.Name}}');
    return listed.split('\n').flatMap((name) => (name === '' ? [] : [`${kind} ${name}`]));
  };
  return (await Promise.all(KINDS.map(names))).flat();
}

/** The marks of an environment, as a planted object carries them. */
export function marks(environment: string, run: string): Record<string, string> {
  return markLabels({ instance: config.CCI_INSTANCE, run, environment, deploy: 'planted' });
}

const flags = (labels: Record<string, string>) =>
  Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);

/** Makes one object by hand. */
export async function plant(kind: Exclude<Kind, 'service'>, name: string, labels: Record<string, string>) {
  if (kind === 'volume') await docker('volume', 'create', ...flags(labels), name);
  else if (kind === 'network') {
    await docker('network', 'create', '--driver', 'overlay', ...flags(labels), name);
  } else await withFile('planted', (file) => docker(kind, 'create', ...flags(labels), name, file));
}

/** Deploys a stack by hand whose every part carries the marks, with a container that mounts its volume. */
export async function plantStack(stack: string, labels: Record<string, string>): Promise<void> {
  const compose = (file: string) => ({
    services: {
      app: {
        image: 'debian:bookworm-slim',
        command: ['sleep', '600'],
        labels,
        deploy: { labels, endpoint_mode: 'dnsrr' },
        volumes: ['data:/data'],
        secrets: ['key'],
        configs: ['conf'],
      },
    },
    volumes: { data: { labels } },
    secrets: { key: { file, labels } },
    configs: { conf: { file, labels } },
  });
  await withFile('planted', (content) =>
    withFile(JSON.stringify({ version: '3.8', ...compose(content) }), (file) =>
      docker('stack', 'deploy', '--detach=true', '--resolve-image=never', '--compose-file', file, stack),
    ),
  );
  // The volume is made by the task.
  await eventually(`a container of ${stack}`, 60, async () => {
    const running = await docker('ps', '--quiet', '--filter', `name=${stack}_app`);
    return running === '' ? undefined : true;
  });
}

/** A work tree of an environment, as a run that died would leave it. */
export async function plantTree(environment: string): Promise<void> {
  const file = join(hostPaths(config.CCI_DATA).environment(environment).tree('3f2a9c1d'), 'compose.yml');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'services: {}\n');
}

/** Only the label of this installation: nothing says what it is part of. */
export const INSTANCE_ONLY = { [CCI_LABELS.instance]: config.CCI_INSTANCE };

async function withFile<T>(content: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cci-orphans-'));
  try {
    const path = join(folder, 'file');
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CCI_LABELS, environmentIdOf } from '../../../domain/labels.ts';
import { isErrno } from '../../support/errno.ts';
import type { InventoryItem, InventoryScope } from '../port.ts';
import type { Owned } from '../../../domain/results.ts';
import { STACK_LABEL, type DockerReader, type Listed } from './docker.ts';
import { belongsTo, belongsToInstance, strangersAmong } from './ownership.ts';
import type { SwarmContext } from './swarm-context.ts';

export type DockerKind = Exclude<InventoryItem['kind'], 'file' | 'realm'>;

/** A Docker object with its kind. */
export interface Found extends Listed {
  readonly kind: DockerKind;
  /** State of a container, as `running` or `removing`. */
  readonly state?: string;
}

/** Everything of a scope that exists, whoever made it and however far it got. */
export async function takeInventory(
  { docker, paths }: SwarmContext,
  scope: InventoryScope,
): Promise<readonly InventoryItem[]> {
  const found = await findObjects(docker);
  const matches = (item: Found) =>
    'environment' in scope ? belongsTo(scope.environment, item) : belongsToInstance(scope.instance, item);
  const objects = found.filter(matches).map(({ kind, name, labels }) => ({
    kind,
    name,
    environmentId: environmentIdOf(labels),
    runId: labels[CCI_LABELS.run],
    ...(labels[STACK_LABEL] === undefined ? {} : { stack: labels[STACK_LABEL] }),
  }));
  const ids =
    'environment' in scope ? [scope.environment.id] : await entriesOf(dirname(paths.environment('any').root));
  const files = await Promise.all(ids.map((id) => filesOf(paths.environment(id).files, id)));
  return [...objects, ...files.flat()];
}

/** Objects that look like those of an environment, by their names alone. */
export async function findStrangers({ docker }: SwarmContext, zone: string): Promise<readonly Owned[]> {
  return strangersAmong(await findObjects(docker), zone).map(({ kind, name }) => ({ kind, name }));
}

/** All objects of the daemon. */
export async function findObjects(docker: DockerReader): Promise<readonly Found[]> {
  const [services, containers, volumes, secrets, configs, networks] = await Promise.all([
    docker.services(),
    docker.containers(),
    docker.volumes(),
    docker.secrets(),
    docker.configs(),
    docker.networks(),
  ]);
  return [
    ...services.map(({ ID, Spec }) => ({
      kind: 'service' as const,
      id: ID,
      name: Spec.Name,
      labels: Spec.Labels,
    })),
    ...containers.map(({ Id, Names, Labels, State }) => ({
      kind: 'container' as const,
      id: Id,
      name: (Names[0] ?? Id).replace(/^\//, ''),
      labels: Labels,
      state: State,
    })),
    ...volumes.map((one) => ({ kind: 'volume' as const, ...one })),
    ...secrets.map((one) => ({ kind: 'secret' as const, ...one })),
    ...configs.map((one) => ({ kind: 'config' as const, ...one })),
    ...networks.map((one) => ({ kind: 'network' as const, ...one })),
  ];
}

async function filesOf(folder: string, environmentId: string): Promise<InventoryItem[]> {
  const names = await entriesOf(folder);
  return names.map((name) => ({
    kind: 'file',
    name: join('environments', environmentId, 'files', name),
    environmentId,
    runId: undefined,
  }));
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

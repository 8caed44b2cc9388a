import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment, Realm, WarmPlace } from '../../domain/plan.ts';
import { realmName } from '../../domain/sso.ts';
import { warmPlace } from '../../domain/warm.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import type { InventoryItem } from '../platform/port.ts';
import { isErrno } from '../support/errno.ts';
import type { Operation } from '../support/operation.ts';
import type { HostPaths } from '../support/paths.ts';
import { withUnfenced } from '../support/unfenced-operation.ts';
import { openWarm } from './open-warm.ts';
import { warmRecords } from './record.ts';

/** A removal has two minutes for everything: a provider that hangs must leave time for the rest. */
const LIST_MS = 15_000;
const REMOVE_MS = 30_000;

/** Realms of an environment that exist; one whose provider cannot say so counts as there. */
export async function realmsLeft(
  deps: HostDependencies,
  operation: Operation,
): Promise<readonly InventoryItem[]> {
  const { environment } = operation;
  const left: InventoryItem[] = [];
  for (const realm of environment.realms ?? []) {
    if (await isThere(deps, operation, realm)) left.push(itemOf(realm, realm.name, environment));
  }
  return left;
}

async function isThere(deps: HostDependencies, operation: Operation, realm: Realm): Promise<boolean> {
  if (!(await stands(deps, operation, realm))) return false;
  try {
    const provider = await openWarm(deps, operation, realm, LIST_MS);
    return (await provider.listRealms()).includes(realm.name);
  } catch (error) {
    operation.signal.throwIfAborted();
    operation.log(`the realms of ${realm.app.domain}: ${String(error)}`);
    return true;
  }
}

/** Whether anything of the provider is there: one that was taken down took its realms with it. */
export async function stands(
  { platform }: HostDependencies,
  { environment: { instance } }: Operation,
  { environmentId }: WarmPlace,
): Promise<boolean> {
  const items = await platform.inventory({ instance });
  // Its files on the host may be there for longer, and keep no realm.
  return items.some((item) => item.environmentId === environmentId && item.kind !== 'file');
}

export async function removeRealm(deps: HostDependencies, operation: Operation, realm: Realm): Promise<void> {
  if (!(await stands(deps, operation, realm))) return;
  const provider = await openWarm(deps, operation, realm, REMOVE_MS);
  await provider.removeRealm(realm.name);
}

/**
 * Realms of runs at the providers that an installation keeps warm. A provider that does not answer is left out: its own
 * looks tell that, and nothing else may become invisible by it.
 * @param items what else the installation has
 */
export async function realmsOfInstance(
  deps: HostDependencies,
  instance: string,
  items: readonly InventoryItem[],
): Promise<readonly InventoryItem[]> {
  const records = await warmRecords(deps.paths, instance);
  const standing = records.filter(({ environment }) =>
    items.some(({ environmentId }) => environmentId === environment.id),
  );
  if (standing.length === 0) return [];
  const ids = new Map((await environmentIds(deps.paths)).map((id) => [realmName(id), id]));
  const found = standing.map(async ({ environment }) => {
    const place = warmPlace(environment);
    const names = await namesAt(deps, environment, place);
    return names.map((name) => itemOf(place, name, { id: ids.get(name) }));
  });
  return (await Promise.all(found)).flat();
}

async function namesAt(
  deps: HostDependencies,
  environment: Environment,
  place: WarmPlace,
): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(2 * LIST_MS);
  try {
    return await withUnfenced({ environment, signal }, async (operation) =>
      (await openWarm(deps, operation, place, LIST_MS)).listRealms(),
    );
  } catch {
    return [];
  }
}

/** The realms that an environment of which only its id is known may have. */
export async function realmsByName(
  paths: HostPaths,
  instance: string,
  environmentId: string,
): Promise<readonly Realm[]> {
  const records = await warmRecords(paths, instance);
  return records.map(({ environment }) => ({ ...warmPlace(environment), name: realmName(environmentId) }));
}

async function environmentIds(paths: HostPaths): Promise<readonly string[]> {
  try {
    return await readdir(dirname(paths.environment('any').root));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function itemOf(
  { app }: WarmPlace,
  name: string,
  { id, runId }: { readonly id: string | undefined; readonly runId?: string },
): InventoryItem {
  return { kind: 'realm', name: `${name} at ${app.domain}`, environmentId: id, runId };
}

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environmentIdSchema, runIdSchema, UNKNOWN_RUN } from '../domain/ids.ts';
import type { Sighting, Survey } from '../domain/janitor.ts';
import { runInputSchema, type App, type Environment } from '../domain/plan.ts';
import type { TeardownReport } from '../domain/results.ts';
import type { HostDependencies } from './host-dependencies.ts';
import type { InventoryItem } from './platform/port.ts';
import { readResults } from './publish.ts';
import { readEnvironmentRecord } from './support/environment-record.ts';
import type { HostPaths } from './support/paths.ts';
import { readDocument } from './support/read-document.ts';
import { writeDurably } from './support/write-durably.ts';
import type { Orphan, OrphanRef } from './types.ts';
import { realmsByName, realmsOfInstance } from './warm/realms.ts';

/** More are counted only: a host with so many is no case for a machine to decide. */
const MOST_ENVIRONMENTS = 80;
const MOST_STRANGERS = 100;

/** Everything of an installation on this host: Docker objects, files, and realms at a provider that is kept warm. */
export async function takeInventory(
  deps: HostDependencies,
  instance: string,
): Promise<readonly InventoryItem[]> {
  const items = await deps.platform.inventory({ instance });
  return [...items, ...(await realmsOfInstance(deps, instance, items))];
}

/**
 * Everything of an installation on this host by environment, results that are missing included, and what only looks like
 * it; changes nothing.
 */
export async function surveyHost(
  deps: HostDependencies,
  { instance, zone }: { instance: string; zone: string },
): Promise<Survey> {
  const items = await takeInventory(deps, instance);
  const isOurs = ({ environmentId }: InventoryItem) => environmentIdSchema.safeParse(environmentId).success;
  const found = Map.groupBy(items.filter(isOurs), ({ environmentId }) => environmentId ?? '');
  const mute = (await withoutResults(deps.paths, instance)).filter((id) => !found.has(id));
  const groups = [...found, ...mute.map((id): [string, InventoryItem[]] => [id, []])];
  const looked = groups.toSorted(([a], [b]) => a.localeCompare(b)).slice(0, MOST_ENVIRONMENTS);
  const strangers = [
    ...items.filter((item) => !isOurs(item)).map(({ kind, name }) => ({ kind, name })),
    ...(await deps.platform.strangers(zone)),
  ];
  return {
    environments: await Promise.all(looked.map(([id, group]) => sighting(deps, id, group))),
    omitted: groups.length - looked.length,
    strangers: strangers.slice(0, MOST_STRANGERS),
  };
}

/** Environments that once were, and whose runs have left neither results nor the report of a removal. */
async function withoutResults(paths: HostPaths, instance: string): Promise<string[]> {
  const folder = dirname(paths.environment('any').root);
  const ids = existsSync(folder) ? await readdir(folder) : [];
  const records = await Promise.all(ids.map((id) => readEnvironmentRecord(paths, id)));
  return records.flatMap((record) => {
    if (record?.environment.instance !== instance) return [];
    const { id, runId } = record.environment;
    const isTold = [paths.results(runId), paths.teardown(runId)].some((file) => existsSync(file));
    // What is kept of a run goes with its request, at the latest.
    return isTold || !existsSync(paths.request(runId)) ? [] : [id];
  });
}

async function sighting(
  { paths }: HostDependencies,
  environmentId: string,
  items: readonly InventoryItem[],
): Promise<Sighting> {
  const record = await readEnvironmentRecord(paths, environmentId);
  const runId = record?.environment.runId ?? labelledRun(items);
  const kinds = Map.groupBy(items, ({ kind }) => kind);
  return {
    environmentId,
    ...(runId === undefined ? {} : { runId }),
    kinds: Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])),
  };
}

/** Labels can be written by anybody: what is no run id must not get into a path or a query. */
function labelledRun(items: readonly InventoryItem[]): string | undefined {
  return items.map(({ runId }) => runId).find((runId) => runIdSchema.safeParse(runId).success);
}

/** What the host knows of an environment that nobody owns: by its record, else by the labels of what is there. */
export async function readOrphan(deps: HostDependencies, ref: OrphanRef): Promise<Orphan> {
  const { paths } = deps;
  const record = await readEnvironmentRecord(paths, ref.environmentId);
  const environment =
    record?.environment.instance === ref.instance ? record.environment : await madeUp(deps, ref);
  const request = await readDocument(paths.request(environment.runId), runInputSchema);
  const published = await readResults(paths.results(environment.runId));
  return {
    environment,
    published: published?.environmentId === environment.id,
    ...(request && record ? { request: { run: request, startedAt: record.at } } : {}),
  };
}

async function madeUp(deps: HostDependencies, ref: OrphanRef): Promise<Environment> {
  const all = await takeInventory(deps, ref.instance);
  const items = all.filter(({ environmentId }) => environmentId === ref.environmentId);
  const hasRealm = items.some(({ kind }) => kind === 'realm');
  const realms = hasRealm ? await realmsByName(deps.paths, ref.instance, ref.environmentId) : [];
  const stacks = [...new Set(items.flatMap(({ stack }) => stack ?? []))];
  return {
    id: ref.environmentId,
    runId: labelledRun(items) ?? `${UNKNOWN_RUN}-${ref.environmentId.slice(0, 8)}`,
    instance: ref.instance,
    host: ref.host,
    // Everything of an environment goes with any of its apps; it needs one even where no stack is known.
    apps: (stacks.length > 0 ? stacks : [`unknown-${ref.environmentId.slice(0, 8)}`]).map(unknownApp),
    ...(realms.length > 0 ? { realms: [...realms] } : {}),
    byLabelOnly: true,
  };
}

function unknownApp(stack: string, index: number): App {
  const role = index === 0 ? 'app' : `app-${index + 1}`;
  return { role, recipe: 'unknown', source: 'unknown', domain: stack, stack };
}

/** The report of a removal for which nobody can write results; beside results of somebody else there is none. */
export async function writeTeardown(
  { paths }: HostDependencies,
  { runId, teardown }: { runId: string; teardown: TeardownReport },
): Promise<void> {
  if (await readResults(paths.results(runId))) return;
  await writeDurably(paths.teardown(runId), `${JSON.stringify(teardown, undefined, 2)}\n`);
}

import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environmentIdSchema, runIdSchema, UNKNOWN_RUN } from '../domain/ids.ts';
import type { Sighting, Survey } from '../domain/janitor.ts';
import { runInputSchema, type App, type Environment } from '../domain/plan.ts';
import type { TeardownReport } from '../domain/results.ts';
import type { HostDependencies } from './host-dependencies.ts';
import type { InventoryItem } from './platform/port.ts';
import { readResults } from './publish.ts';
import { readEnvironmentRecord, type EnvironmentRecord } from './support/environment-record.ts';
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
  const groups = [...found].toSorted(([a], [b]) => a.localeCompare(b));
  const looked = groups.slice(0, MOST_ENVIRONMENTS);
  const room = MOST_ENVIRONMENTS - looked.length;
  const untold = (await withoutResults(deps.paths, instance)).filter((id) => !found.has(id)).slice(0, room);
  const strangers = [
    ...items.filter((item) => !isOurs(item)).map(({ kind, name }) => ({ kind, name })),
    ...(await deps.platform.strangers(zone)),
  ];
  return {
    environments: await Promise.all([
      ...looked.map(([id, group]) => sighting(deps, id, group)),
      ...untold.map((id) => sighting(deps, id, [])),
    ]),
    omitted: groups.length - looked.length,
    strangers: strangers.slice(0, MOST_STRANGERS),
  };
}

/** The last environment of each run that has left neither results nor the report of a removal, oldest first. */
async function withoutResults(paths: HostPaths, instance: string): Promise<string[]> {
  const runs = await foldersIn(dirname(paths.run('any')));
  const untold = new Set(runs.filter((runId) => isUntold(paths, runId)));
  // Mostly there are none but those under way, and the records of all environments need not be read.
  if (untold.size === 0) return [];
  const records: EnvironmentRecord[] = [];
  for (const id of await foldersIn(dirname(paths.environment('any').root))) {
    const record = await readEnvironmentRecord(paths, id);
    if (record?.environment.instance === instance && untold.has(record.environment.runId))
      records.push(record);
  }
  records.sort((a, b) => a.at.localeCompare(b.at));
  const last = new Map(records.map(({ environment }) => [environment.runId, environment.id]));
  return [...last.values()];
}

/** A run that is started again writes its request anew: what is older tells of an earlier execution. */
function isUntold(paths: HostPaths, runId: string): boolean {
  const writtenMs = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  const askedMs = writtenMs(paths.request(runId));
  if (askedMs === undefined) return false;
  return [paths.results(runId), paths.teardown(runId)].every((file) => (writtenMs(file) ?? 0) < askedMs);
}

async function foldersIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
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

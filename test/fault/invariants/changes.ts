import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dummyStateSchema } from '../../../activities/platform/dummy/dummy-state.ts';
import { z } from 'zod';
import { appDomain, stackName } from '../../../domain/ids.ts';
import { environmentSchema, type App } from '../../../domain/plan.ts';
import type { Results } from '../../../domain/results.ts';
import type { WatchedEvent } from '../docker-watch.ts';
import type { Lane } from '../lane.ts';

interface Change {
  /** Made or changed when nobody was to act any more. */
  readonly late: boolean;
  readonly action: 'create' | 'update';
  readonly kind: string;
  readonly name: string;
}

/**
 * Whether what happened to the objects of a run is what may happen: every service is created once and changed at most
 * once, as often as the results say that the run has deployed; and nothing is made or changed behind the closed fence.
 */
export function faultsOfChanges(
  lane: Lane,
  environmentIds: readonly string[],
  events: readonly WatchedEvent[],
  results: Results,
): string[] {
  const upgraded = results.stages.some(({ name, status }) => name === 'upgrade' && status === 'pass');
  return environmentIds.flatMap((id) => {
    const apps = appsOf(lane, id, results);
    const changes =
      lane.platform === 'swarm' ? dockerChanges(lane, id, events, apps) : dummyChanges(lane, id);
    const isWhole = id === results.environmentId && results.verdict === 'passed';
    const services = count(changes);
    const wrong = [...services].flatMap(([name, { created, changed }]) => {
      // What the app needs stays as it was deployed.
      const isTested = apps.some(({ role, stack }) => role === 'app' && name.startsWith(`${stack}_`));
      const wanted = isWhole ? (upgraded && isTested ? 1 : 0) : undefined;
      if (created === 1 && (wanted === undefined ? changed <= 1 : changed === wanted)) return [];
      return [`${name} was created ${created} times and changed ${changed} times`];
    });
    if (isWhole) {
      const unseen = apps.filter(
        ({ stack }) => ![...services.keys()].some((name) => name.startsWith(`${stack}_`)),
      );
      wrong.push(...unseen.map(({ stack }) => `nobody saw a service of ${stack}`));
    }
    return [
      ...wrong,
      ...changes
        .filter(({ late }) => late)
        .map(({ action, kind, name }) => `${kind} ${name}: ${action} behind the closed fence`),
      ...(existsSync(closedFile(lane, id)) ? [] : [`the fence of ${id} was never closed`]),
    ];
  });
}

function count(changes: readonly Change[]): Map<string, { created: number; changed: number }> {
  const services = new Map<string, { created: number; changed: number }>();
  for (const { kind, name, action } of changes) {
    if (kind !== 'service') continue;
    const of = services.get(name) ?? { created: 0, changed: 0 };
    services.set(name, of);
    if (action === 'create') of.created += 1;
    else of.changed += 1;
  }
  return services;
}

type DeployedApp = Pick<App, 'role' | 'stack'>;

/** Those that the environment's record names; of one without a record its app, by the rule. */
function appsOf(lane: Lane, environmentId: string, { recipe }: Results): readonly DeployedApp[] {
  const { record } = lane.paths.environment(environmentId);
  if (existsSync(record)) {
    return readRecord(record).environment.apps;
  }
  const zone = lane.env['CCI_ZONE'] ?? '';
  return [{ role: 'app', stack: stackName(appDomain({ recipe, role: 'app', environmentId, zone })) }];
}

const recordSchema = z.object({ environment: environmentSchema, at: z.iso.datetime() });

function readRecord(file: string): z.infer<typeof recordSchema> {
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** What cc-ci does to a daemon; containers come and go by swarm's own hand. */
const OWN_KINDS = ['service', 'secret', 'config'];

function dockerChanges(
  lane: Lane,
  environmentId: string,
  events: readonly WatchedEvent[],
  apps: readonly DeployedApp[],
): Change[] {
  const { record } = lane.paths.environment(environmentId);
  const beganMs = existsSync(record) ? Date.parse(readRecord(record).at) : 0;
  const closed = statSync(closedFile(lane, environmentId), { throwIfNoEntry: false });
  return events.flatMap(({ type, action, name, attributes, atMs }) => {
    if (!OWN_KINDS.includes(type) || !apps.some(({ stack }) => name.startsWith(`${stack}_`))) return [];
    if (action !== 'create' && action !== 'update') return [];
    // A provider that is kept warm has the name of the one before it.
    if (atMs < beganMs) return [];
    // The progress of an update is told in the same way.
    if (attributes['updatestate.new'] !== undefined) return [];
    return [{ late: closed !== undefined && atMs > closed.mtimeMs, action, kind: type, name }];
  });
}

/** By their order, and not by any clock: some faults are about clocks. */
function dummyChanges(lane: Lane, environmentId: string): Change[] {
  const file = join(lane.env['CCI_DATA'] ?? '', 'dummy-platform.json');
  if (!existsSync(file)) return [];
  const { changes } = dummyStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  let late = false;
  return changes.flatMap(({ action, kind, name, environmentId: of }) => {
    if (of !== environmentId) return [];
    if (action !== 'remove') return [{ late, action, kind, name }];
    // The fence is closed before anything is removed.
    late = true;
    return [];
  });
}

function closedFile(lane: Lane, environmentId: string): string {
  return join(lane.paths.environment(environmentId).fence, 'closed');
}

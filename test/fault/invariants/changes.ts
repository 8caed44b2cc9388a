import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { dummyStateSchema } from '../../../activities/platform/dummy/dummy-state.ts';
import { appDomain, stackName } from '../../../domain/ids.ts';
import type { Results } from '../../../domain/results.ts';
import type { WatchedEvent } from '../docker-watch.ts';
import type { Lane } from '../lane.ts';

const closedSchema = z.object({ at: z.iso.datetime() });
interface Change {
  readonly atMs: number;
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
    const changes =
      lane.platform === 'swarm'
        ? dockerChanges(events, id, results, lane.env['CCI_ZONE'] ?? '')
        : dummyChanges(lane, id);
    const isLast = id === results.environmentId;
    const services = count(changes);
    const wrong = [...services].flatMap(([name, { created, changed }]) => {
      const wanted = isLast && results.verdict === 'passed' ? (upgraded ? 1 : 0) : undefined;
      if (created === 1 && (wanted === undefined ? changed <= 1 : changed === wanted)) return [];
      return [`${name} was created ${created} times and changed ${changed} times`];
    });
    if (isLast && results.verdict === 'passed' && services.size === 0)
      wrong.push('nobody saw a service of the run');
    const closedMs = closedAt(lane, id);
    const late = changes.filter(({ atMs }) => closedMs !== undefined && atMs > closedMs);
    return [
      ...wrong,
      ...late.map(({ action, kind, name }) => `${kind} ${name}: ${action} behind the closed fence`),
      ...(closedMs === undefined ? [`the fence of ${id} was never closed`] : []),
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

/** What cc-ci does to a daemon; containers come and go by swarm's own hand. */
const OWN_KINDS = ['service', 'secret', 'config'];

function dockerChanges(
  events: readonly WatchedEvent[],
  environmentId: string,
  { recipe }: Results,
  zone: string,
): Change[] {
  const stack = stackName(appDomain({ recipe, role: 'app', environmentId, zone }));
  return events.flatMap(({ type, action, name, attributes, atMs }) => {
    if (!OWN_KINDS.includes(type) || !name.startsWith(`${stack}_`)) return [];
    if (action !== 'create' && action !== 'update') return [];
    // The progress of an update is told in the same way.
    if (attributes['updatestate.new'] !== undefined) return [];
    return [{ atMs, action, kind: type, name }];
  });
}

function dummyChanges(lane: Lane, environmentId: string): Change[] {
  const file = join(lane.env['CCI_DATA'] ?? '', 'dummy-platform.json');
  if (!existsSync(file)) return [];
  const { changes } = dummyStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return changes
    .filter((one) => one.environmentId === environmentId)
    .map(({ at, action, kind, name }) => ({ atMs: Date.parse(at), action, kind, name }));
}

function closedAt(lane: Lane, environmentId: string): number | undefined {
  const file = join(lane.paths.environment(environmentId).fence, 'closed');
  return existsSync(file)
    ? Date.parse(closedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).at)
    : undefined;
}

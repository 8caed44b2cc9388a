import type { App, Environment } from '../../../domain/plan.ts';
import type { InventoryItem, InventoryScope, ServiceFacts, ServiceState } from '../port.ts';
import type { DummyObject, DummyState } from './dummy-state.ts';

/** Ensures an object; what exists gets the new facts. */
export function put(
  state: DummyState,
  environment: Environment,
  app: App,
  kind: DummyObject['kind'],
  name: string,
  facts: Pick<DummyObject, 'deployId' | 'image'> = {},
): void {
  const { id: environmentId, instance, runId } = environment;
  const known = state.objects.find(
    (one) => one.kind === kind && one.name === name && one.environmentId === environmentId,
  );
  // Again with the same facts nothing changes.
  if (known?.deployId !== undefined && known.deployId === facts.deployId) return;
  const action = known ? 'update' : 'create';
  state.changes.push({ action, kind, name, environmentId });
  if (known) Object.assign(known, facts);
  else state.objects.push({ kind, name, environmentId, instance, runId, stack: app.stack, ...facts });
}

/** Every service of the app, which runs as asked. */
export function statesOf({ objects }: DummyState, app: App): ServiceState[] {
  return objects
    .filter(({ kind, stack }) => kind === 'service' && stack === app.stack)
    .map(({ name, image, deployId }) => ({
      service: name.slice(app.stack.length + 1),
      image: image ?? '',
      running: 1,
      desired: 1,
      update: 'none',
      health: 'none',
      restarts: 0,
      tasks: [`${name}-${deployId}`],
    }));
}

/** Every service mounts the one volume, which is backed up whole. */
export function factsOf(app: App, { service, image }: ServiceState): ServiceFacts {
  const volume = { volume: 'data', volumeName: `${app.stack}_data`, target: '/data', readOnly: false };
  const labels = { 'backupbot.backup': 'true' };
  return { service, image, volumes: [volume], labels, updateOrder: 'start-first' };
}

/** What there is of an environment or of an installation. */
export function inventory(state: DummyState, scope: InventoryScope): InventoryItem[] {
  return state.objects
    .filter((one) =>
      'environment' in scope ? one.environmentId === scope.environment.id : one.instance === scope.instance,
    )
    .map(({ kind, name, environmentId, runId, stack }) => ({ kind, name, environmentId, runId, stack }));
}

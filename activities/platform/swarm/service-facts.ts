import type { App } from '../../../domain/plan.ts';
import type { ServiceFacts } from '../port.ts';
import { desiredTasks, viewServices, type ServiceView } from './service-state.ts';
import type { Service } from './shapes.ts';
import type { SwarmContext } from './swarm-context.ts';

export async function serviceFacts({ docker }: SwarmContext, app: App): Promise<readonly ServiceFacts[]> {
  return factsOfRunning(app, await viewServices(docker, app));
}

/**
 * What runs now, by service. A task that has done its work and ended keeps nothing and is not part of it, nor is a
 * service that is scaled to nothing: it has no container.
 */
export function factsOfRunning(app: App, views: readonly ServiceView[]): readonly ServiceFacts[] {
  return views
    .filter(({ service }) => desiredTasks(service) > 0)
    .filter(({ running, tasks }) => running.length > 0 || tasks[0]?.Status.State !== 'complete')
    .map(({ name, service }) => factsOf(app, name, service));
}

function factsOf(app: App, name: string, { Spec }: Service): ServiceFacts {
  const { Image, Labels, Mounts } = Spec.TaskTemplate.ContainerSpec;
  const prefix = `${app.stack}_`;
  return {
    service: name,
    // The client adds the digest when it resolves the tag.
    image: Image.split('@', 1)[0] ?? Image,
    volumes: (Mounts ?? []).flatMap(({ Type, Source = '', Target = '', ReadOnly = false }) => {
      if (Type !== 'volume' || Source === '') return [];
      const volume = Source.startsWith(prefix) ? Source.slice(prefix.length) : Source;
      return [{ volume, volumeName: Source, target: Target, readOnly: ReadOnly }];
    }),
    labels: Spec.Labels,
    ...(Labels ? { containerLabels: Labels } : {}),
    updateOrder: Spec.UpdateConfig?.Order === 'start-first' ? 'start-first' : 'stop-first',
  };
}

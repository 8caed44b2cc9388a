import type { App } from '../../../domain/plan.ts';
import type { ServiceFacts } from '../port.ts';
import { viewServices } from './service-state.ts';
import type { Service } from './shapes.ts';
import type { SwarmContext } from './swarm-context.ts';

/** What runs now, by service. A task that has done its work and ended keeps nothing and is not part of it. */
export async function serviceFacts({ docker }: SwarmContext, app: App): Promise<readonly ServiceFacts[]> {
  const views = await viewServices(docker, app);
  return views
    .filter(({ running, tasks }) => running.length > 0 || tasks[0]?.Status.State !== 'complete')
    .map(({ name, service }) => factsOf(app, name, service));
}

function factsOf(app: App, name: string, { Spec }: Service): ServiceFacts {
  const { Image, Mounts } = Spec.TaskTemplate.ContainerSpec;
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
    updateOrder: Spec.UpdateConfig?.Order === 'start-first' ? 'start-first' : 'stop-first',
  };
}

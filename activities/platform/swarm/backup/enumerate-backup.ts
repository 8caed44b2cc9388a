import type { ServiceBackup } from '../../../../domain/backup.ts';
import { serviceBackups } from '../../../../domain/backup-labels.ts';
import { CodedError } from '../../../../domain/errors.ts';
import type { App } from '../../../../domain/plan.ts';
import { SERVICE_NAME_LABEL, STACK_LABEL } from '../docker.ts';
import { serviceFacts } from '../service-facts.ts';
import type { SwarmContext } from '../swarm-context.ts';

/** What is to be saved now, and the containers it is saved from. */
export interface Enumeration {
  readonly services: readonly ServiceBackup[];
  /** Ids of the running containers by service. */
  readonly containers: ReadonlyMap<string, string>;
}

/** What the running services ask to be saved. A service that is to run and does not rejects with `E_DOCKER` (F-44). */
export async function enumerateBackup(context: SwarmContext, app: App): Promise<Enumeration> {
  const services = serviceBackups(await serviceFacts(context, app));
  const containers = await containersOf(
    context,
    app,
    services.map(({ service }) => service),
  );
  const missing = [...containers].filter(([, ids]) => ids === '').map(([service]) => service);
  if (missing.length > 0) throw new CodedError('E_DOCKER', `no running container of ${missing.join(', ')}`);
  return { services, containers };
}

/** Services whose containers are not those of the enumeration any more. */
export async function replacedSince(
  context: SwarmContext,
  app: App,
  { containers }: Enumeration,
): Promise<readonly string[]> {
  const now = await containersOf(context, app, [...containers.keys()]);
  return [...containers].filter(([service, ids]) => now.get(service) !== ids).map(([service]) => service);
}

/** By the containers and not by the tasks: swarm learns some time later that a container has ended. */
async function containersOf({ docker }: SwarmContext, app: App, services: readonly string[]) {
  const all = await docker.containers({ label: [`${STACK_LABEL}=${app.stack}`] });
  const running = all.filter(({ State }) => State === 'running');
  return new Map(
    services.map((service) => {
      const own = running.filter(({ Labels }) => Labels[SERVICE_NAME_LABEL] === `${app.stack}_${service}`);
      const ids = own.map(({ Id }) => Id).sort();
      return [service, ids.join()];
    }),
  );
}

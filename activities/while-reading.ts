import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { appDomain, stackName } from '../domain/ids.ts';
import type { App, RunInput } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { withHeartbeat } from './in-environment.ts';
import type { Operation } from './support/operation.ts';
import { openStageLog } from './support/stage-log.ts';
import { withUnfenced } from './support/unfenced-operation.ts';
import type { ReadingFor } from './types.ts';

/** What reading a recipe needs to know of the run. */
export type ReadingInput = ReadingFor & Pick<RunInput, 'recipe' | 'source' | 'zone' | 'instance' | 'host'>;

/**
 * Reads the recipe of a run outside any environment. The operation stands for the environment to come: same shape and
 * length of names, but never created. Its commands are not fenced, because they change nothing.
 */
export function whileReading<T>(
  deps: HostDependencies,
  input: ReadingInput,
  stage: 'prepare' | 'lint',
  body: (operation: Operation, app: App) => Promise<T>,
): Promise<T> {
  return withHeartbeat(({ progress }) => {
    const app = appToCome(input);
    const { instance, host, runId } = input;
    const environment = { id: randomUUID(), runId, instance, host, apps: [app] };
    const signal = Context.current().cancellationSignal;
    const log = input.unrecorded ? {} : { log: openStageLog(deps.paths.stageLog(runId, stage)) };
    return withUnfenced({ environment, signal, progress, ...log }, (operation) => body(operation, app));
  });
}

function appToCome({ recipe, source, zone }: ReadingInput): App {
  const domain = appDomain({ recipe, role: 'app', environmentId: randomUUID(), zone });
  return { role: 'app', recipe, source, domain, stack: stackName(domain) };
}

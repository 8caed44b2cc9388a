import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { CodedError } from '../domain/errors.ts';
import { appDomain, stackName } from '../domain/ids.ts';
import { limitsOf } from '../domain/limits.ts';
import type { Plan, RunInput, Version } from '../domain/plan.ts';
import { settingsOf } from './apps.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { withHeartbeat } from './in-environment.ts';
import type { Examination } from './platform/port.ts';
import { loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import { createRunner } from './support/run-command.ts';
import { openStageLog } from './support/stage-log.ts';

type PrepareInput = RunInput & { readonly runId: string };

/** Reads the recipe at the pinned head and judges it; creates nothing that outlives the call. */
export function prepare(deps: HostDependencies, input: PrepareInput): Promise<Plan> {
  return withHeartbeat(async ({ progress }) => {
    const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-prepare-'));
    try {
      return await makePlan(deps, input, readingOperation(deps, input, scratch, progress));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function makePlan(deps: HostDependencies, input: PrepareInput, operation: Operation): Promise<Plan> {
  const app = operation.environment.apps[0];
  if (!app) throw new CodedError('E_INTERNAL', 'an environment has at least one app');
  const { definition, specs } = await loadRecipe(input.recipe);
  const settings = await settingsOf(input.recipe);
  const { head, previous } = await deps.platform.versions(operation, app, input.head);
  const base = input.stages.includes('upgrade') ? previous : undefined;
  const versions: Version[] = base ? [base, head] : [head];
  const examined: Examination[] = [];
  for (const version of versions)
    examined.push(await deps.platform.examine(operation, app, version, settings));
  const unique = (pick: (one: (typeof examined)[number]) => readonly string[]) => [
    ...new Set(examined.flatMap(pick)),
  ];
  return {
    head,
    ...(base ? { base } : {}),
    images: unique((one) => one.images),
    secrets: unique((one) => one.secrets),
    services: unique((one) => one.services),
    specs: [...specs],
    limits: limitsOf(
      definition,
      examined.map((one) => one.timeoutSeconds),
    ),
    refusals: examined.flatMap((one) => one.refusals),
  };
}

/**
 * Stands for the environment to come: same shape and length of names, but never created. Its commands are not fenced,
 * because they change nothing.
 */
function readingOperation(
  { paths }: HostDependencies,
  input: PrepareInput,
  scratch: string,
  progress: (what: string) => void,
): Operation {
  const { recipe, source, zone, instance, host, runId } = input;
  const id = randomUUID();
  const domain = appDomain({ recipe, role: 'app', environmentId: id, zone });
  const app = { role: 'app', recipe, source, domain, stack: stackName(domain) };
  const log = openStageLog(paths.stageLog(runId, 'prepare'));
  const signal = Context.current().cancellationSignal;
  const redact = (text: string) => text;
  return {
    environment: { id, runId, instance, host, apps: [app] },
    signal,
    log,
    // No secret of the run exists yet.
    hide: () => undefined,
    redact,
    progress,
    run: createRunner({ scratch, redact, log, signal }),
  };
}

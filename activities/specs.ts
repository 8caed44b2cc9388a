import { join } from 'node:path';
import type { Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { runRepositorySpecs } from './support/repository-specs.ts';
import { allowTurn, runStageSpecs } from './support/run-specs.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import { runSeed } from './support/run-seed.ts';
import { readWiring } from './support/wiring.ts';
import type { AppInStage, MarkedApp, SpecOutcome, SpecRequest, SpecTurn } from './types.ts';

/** Leaves the activity time to collect the results within the limit that the plan sets for a step. */
const MARGIN_MS = 45_000;

/** Lets the specs begin that wait for the turn. */
export function allowSpecs(
  deps: HostDependencies,
  { environment, stage, turn }: AppInStage & Pick<SpecTurn, 'turn'>,
): Promise<null> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    await allowTurn(turnsOf(deps, environment), operation, turn);
    return null;
  });
}

/**
 * Runs the specs that the recipe folder has for a stage, against the deployed app. In a lane of the stage's own: they are
 * loaded beside the operations of the stage and begin when `allowSpecs` says so.
 */
export function runSpecs(
  deps: HostDependencies,
  { environment, app, version, stage, markers, dependencies = [], turn, waitMs }: SpecRequest,
): Promise<SpecOutcome> {
  return inEnvironment(deps, { environment, stage, lane: `specs-${stage}` }, async (operation) => {
    const { config, paths, checkout } = deps;
    const recipe = await loadRecipe(app.recipe, checkout);
    const { files } = paths.environment(environment.id);
    const { runId } = environment;
    const options = {
      ingress: await trustedIngress(config),
      browser: config.CCI_BROWSER,
      uid: config.CCI_SPEC_UID,
      gid: config.CCI_SPEC_GID,
      ...(checkout === undefined ? {} : { checkout }),
      work: join(files, `specs-${stage}`),
      cache: join(files, 'spec-cache'),
      turns: turnsOf(deps, environment),
      folders: { run: paths.run(runId), screenshots: paths.screenshots(runId), traces: paths.traces(runId) },
      turn: { turn, waitMs },
      timeoutMs: Math.max(MARGIN_MS, recipe.definition.deployTimeoutSeconds * 1000 - MARGIN_MS),
    };
    const sso = (await readWiring(paths, environment, app))?.sso;
    const seed = await runSeed(paths, operation);
    const task = { app, version, stage, recipe, markers, seed, dependencies, sso };
    return runStageSpecs(options, operation, task);
  });
}

/** Bound on what a repository brings: it is nobody's to extend. */
const REPOSITORY_MS = 5 * 60_000;

/** Runs the specs that the head's own repository brings, if the recipe is on the list of those that may. */
export function runOwnSpecs(
  deps: HostDependencies,
  { environment, app, version, stage, markers }: MarkedApp,
): Promise<SpecOutcome> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { config, platform, checkout } = deps;
    const options = {
      platform,
      ingress: await trustedIngress(config),
      timeoutMs: REPOSITORY_MS,
      ...(checkout === undefined ? {} : { checkout }),
    };
    return runRepositorySpecs(options, operation, { app, version, markers });
  });
}

function turnsOf({ paths }: HostDependencies, { id }: Environment): string {
  return join(paths.environment(id).files, 'spec-turns');
}

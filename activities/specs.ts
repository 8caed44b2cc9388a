import { join } from 'node:path';
import type { Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { loadRecipe, type LoadedRecipe } from './support/load-recipe.ts';
import { compileSpecs, runStageSpecs, type SpecRunnerOptions } from './support/run-specs.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import type { AppInStage, MarkedApp, SpecOutcome } from './types.ts';

/** Leaves the activity time to collect the results within the limit that the plan sets for a step. */
const MARGIN_MS = 45_000;

/** Its own lane: it goes on while the app is deployed. */
const LANE = 'specs';

/** Saves the first specs of the run the time that it takes to load them. */
export function prepareSpecs(
  deps: HostDependencies,
  { environment, app, version, stage }: AppInStage,
): Promise<null> {
  return inEnvironment(deps, { environment, stage, lane: LANE }, async (operation) => {
    const recipe = await loadRecipe(app.recipe, deps.checkout);
    const options = await runnerOptions(deps, environment, recipe, 'compile');
    await compileSpecs(options, operation, { app, version, stage, recipe, markers: [] });
    return null;
  });
}

/** Runs the specs that the recipe folder has for a stage, against the deployed app. */
export function runSpecs(
  deps: HostDependencies,
  { environment, app, version, stage, markers }: MarkedApp,
): Promise<SpecOutcome> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const recipe = await loadRecipe(app.recipe, deps.checkout);
    const options = await runnerOptions(deps, environment, recipe, stage);
    return runStageSpecs(options, operation, { app, version, stage, recipe, markers });
  });
}

async function runnerOptions(
  { config, paths, checkout }: HostDependencies,
  { id, runId }: Environment,
  { definition }: LoadedRecipe,
  purpose: string,
): Promise<SpecRunnerOptions> {
  const { files } = paths.environment(id);
  return {
    ingress: await trustedIngress(config),
    browser: config.CCI_BROWSER,
    uid: config.CCI_SPEC_UID,
    gid: config.CCI_SPEC_GID,
    ...(checkout === undefined ? {} : { checkout }),
    work: join(files, `specs-${purpose}`),
    cache: join(files, 'spec-cache'),
    folders: { run: paths.run(runId), screenshots: paths.screenshots(runId), traces: paths.traces(runId) },
    timeoutMs: Math.max(MARGIN_MS, definition.deployTimeoutSeconds * 1000 - MARGIN_MS),
  };
}

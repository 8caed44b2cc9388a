import { join } from 'node:path';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { runStageSpecs } from './support/run-specs.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import type { MarkedApp, SpecOutcome } from './types.ts';

/** Leaves the activity time to collect the results within the limit that the plan sets for a step. */
const MARGIN_MS = 45_000;

/** Runs the specs that the recipe folder has for a stage, against the deployed app. */
export function runSpecs(
  deps: HostDependencies,
  { environment, app, version, stage, markers }: MarkedApp,
): Promise<SpecOutcome> {
  const { config, paths } = deps;
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const recipe = await loadRecipe(app.recipe, deps.checkout);
    const { runId } = environment;
    const { files } = paths.environment(environment.id);
    const options = {
      ingress: await trustedIngress(config),
      browser: config.CCI_BROWSER,
      uid: config.CCI_SPEC_UID,
      gid: config.CCI_SPEC_GID,
      ...(deps.checkout === undefined ? {} : { checkout: deps.checkout }),
      work: join(files, `specs-${stage}`),
      cache: join(files, 'spec-cache'),
      folders: { run: paths.run(runId), screenshots: paths.screenshots(runId), traces: paths.traces(runId) },
      timeoutMs: Math.max(MARGIN_MS, recipe.definition.deployTimeoutSeconds * 1000 - MARGIN_MS),
    };
    return runStageSpecs(options, operation, { app, version, stage, recipe, markers });
  });
}

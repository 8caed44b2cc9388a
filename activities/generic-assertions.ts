import type { Assertion } from '../domain/stages.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { assertAppInstalled } from './support/assert-app.ts';
import { helperContainers } from './support/helper-container.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import type { AppAtVersion } from './types.ts';

/** Asserts that the app is installed and in use, in the ways that hold for every recipe. */
export function assertInstalled(
  deps: HostDependencies,
  { environment, app }: AppAtVersion,
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage: 'install' }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe);
    const tools = {
      platform: deps.platform,
      ingress: await trustedIngress(deps.config),
      runBeside: helperContainers(deps.config),
    };
    return assertAppInstalled(tools, operation, app, definition);
  });
}

import type { Assertion } from '../domain/stages.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { assertAppInstalled, assertAppServing, type AssertionTools } from './support/assert-app.ts';
import { helperContainers } from './support/helper-container.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import type { AppAtVersion, AppInStage } from './types.ts';

/** Asserts that the app is installed and in use, in the ways that hold for every recipe. */
export function assertInstalled(
  deps: HostDependencies,
  { environment, app }: AppAtVersion,
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage: 'install' }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    return assertAppInstalled(await assertionTools(deps), operation, app, definition);
  });
}

/** Asserts that the app is in use again after an operation. */
export function assertServing(
  deps: HostDependencies,
  { environment, app, stage, minUpMs }: AppInStage & { minUpMs?: number },
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const tools = { ...(await assertionTools(deps)), ...(minUpMs === undefined ? {} : { minUpMs }) };
    return assertAppServing(tools, operation, app, definition);
  });
}

export async function assertionTools({ config, platform }: HostDependencies): Promise<AssertionTools> {
  return { platform, ingress: await trustedIngress(config), runBeside: helperContainers(config) };
}

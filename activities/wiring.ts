import type { App, Environment } from '../domain/plan.ts';
import { wiringSchema, type RecipeDefinition } from '../domain/recipe.ts';
import type { Wiring } from '../domain/recipe-context.ts';
import { markerValue } from '../domain/markers.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment, placeOf } from './in-environment.ts';
import { provisionSignOn } from './sso/provision.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { callRecipe, createRecipeContext, type ContextFacts } from './support/recipe-context.ts';
import { runSeed } from './support/run-seed.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import { keepWiring, readWiring } from './support/wiring.ts';
import type { AppAtVersion } from './types.ts';

/**
 * Computes what the app needs of its dependencies, once: they are ready, and the app has not been deployed yet. All that
 * comes later finds them by what this has left.
 */
export function wireApp(deps: HostDependencies, at: AppAtVersion): Promise<null> {
  const { environment, app } = at;
  return inEnvironment(deps, placeOf(at, 'install'), async (operation) => {
    if (await readWiring(deps.paths, environment, app)) return null;
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const tools = { platform: deps.platform, ingress: await trustedIngress(deps.config) };
    const dependencies = ownDependencies(environment, definition);
    const { wire, sso: wish } = definition;
    const sso = wish && (await provisionSignOn(tools, operation, app, wish));
    const context = createRecipeContext(tools, operation, app, {
      marker: markerValue(environment.id),
      seed: await runSeed(deps.paths, operation),
      dependencies,
      sso,
    });
    const wiring: Wiring = wire
      ? await callRecipe(operation, 'E_RECIPE_FOLDER', 'wire', async () =>
          wiringSchema.parse(await wire(context)),
        )
      : {};
    const { env = {}, secrets = {} } = wiring;
    await keepWiring(deps.paths, operation, app, { env, secrets, ...(sso ? { sso } : {}) });
    return null;
  });
}

/** What the functions of an app's recipe.ts are told of its dependencies; nothing unless all of them are ready. */
export async function wiredFacts(
  deps: HostDependencies,
  environment: Environment,
  app: App,
): Promise<Omit<ContextFacts, 'marker' | 'seed'>> {
  const wiring = await readWiring(deps.paths, environment, app);
  if (!wiring) return {};
  const { definition } = await loadRecipe(app.recipe, deps.checkout);
  return { dependencies: ownDependencies(environment, definition), sso: wiring.sso };
}

function ownDependencies({ apps, realms = [] }: Environment, { deps }: RecipeDefinition): readonly App[] {
  const cold = apps.filter(({ role, recipe }) => role === recipe);
  return [...cold, ...realms.map(({ app }) => app)].filter(({ recipe }) => deps.includes(recipe));
}

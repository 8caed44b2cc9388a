import { markerValue, type Marker, type Seeding } from '../domain/markers.ts';
import type { App } from '../domain/plan.ts';
import type { Assertion } from '../domain/stages.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { check, destroy } from './support/markers/check.ts';
import { PATIENCE, type MarkerTools } from './support/markers/marker-tools.ts';
import { seed } from './support/markers/seed.ts';
import { assertTakesChanges } from './support/markers/writable.ts';
import type { Operation } from './support/operation.ts';
import { callRecipe, createRecipeContext } from './support/recipe-context.ts';
import { awaitRouter } from './support/await-router.ts';
import { trustedIngress } from './support/trusted-ingress.ts';
import { runSeed } from './support/run-seed.ts';
import type { AppInStage, MarkedApp } from './types.ts';
import { wiredFacts } from './wiring.ts';

/** Runs the recipe's own step before the operation of a stage, when it has one. */
export function runBefore(deps: HostDependencies, { environment, app, stage }: AppInStage): Promise<null> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const step = stage === 'lint' ? undefined : definition.before[stage];
    if (step) {
      if (stage === 'install') await awaitRouter(await trustedIngress(deps.config), operation, app);
      const context = await contextFor(deps, operation, app);
      const value = markerValue(environment.id);
      await callRecipe(operation, 'E_RECIPE_FOLDER', `before.${stage}`, () => step(context(value)));
    }
    return null;
  });
}

/** Writes every marker that the app can hold, and reads it back; the known ones only where they are gone. */
export function seedMarkers(
  deps: HostDependencies,
  { environment, app, stage, known }: AppInStage & { known?: readonly Marker[] },
): Promise<Seeding> {
  return inEnvironment(deps, { environment, stage }, async (operation) =>
    seed(await toolsFor(deps, operation, app), known),
  );
}

/** One assertion for each marker: that it is in the expected state. */
export function checkMarkers(
  deps: HostDependencies,
  { environment, app, stage, markers, expected }: MarkedApp & { expected: 'original' | 'absent' },
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage }, async (operation) =>
    check(await toolsFor(deps, operation, app), markers, expected),
  );
}

/** Makes the app forget its markers, as an accident would. */
export function destroyMarkers(
  deps: HostDependencies,
  { environment, app, stage, markers }: MarkedApp,
): Promise<null> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    await destroy(await toolsFor(deps, operation, app), markers);
    return null;
  });
}

/** That the app takes changes where its restored markers are. */
export function assertWritable(
  deps: HostDependencies,
  { environment, app, stage, markers }: MarkedApp,
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, { environment, stage }, async (operation) =>
    assertTakesChanges(await toolsFor(deps, operation, app), markers),
  );
}

async function toolsFor(deps: HostDependencies, operation: Operation, app: App): Promise<MarkerTools> {
  const { definition } = await loadRecipe(app.recipe, deps.checkout);
  const recipeContext = await contextFor(deps, operation, app);
  const { platform } = deps;
  return { platform, operation, app, recipeMarker: definition.marker, recipeContext, patience: PATIENCE };
}

async function contextFor(deps: HostDependencies, operation: Operation, app: App) {
  const tools = { platform: deps.platform, ingress: await trustedIngress(deps.config) };
  const wired = await wiredFacts(deps, operation.environment, app);
  const seed = await runSeed(deps.paths, operation);
  return (marker: string) => createRecipeContext(tools, operation, app, { marker, seed, ...wired });
}

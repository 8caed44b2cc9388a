import { appDomain, stackName } from '../domain/ids.ts';
import { orderDependencies, type GraphNode } from '../domain/dependencies.ts';
import { CodedError } from '../domain/errors.ts';
import { limitsOf } from '../domain/limits.ts';
import { memoryNeed } from '../domain/memory.ts';
import type { App, PlannedDependency, RunInput } from '../domain/plan.ts';
import type { RecipeDefinition } from '../domain/recipe.ts';
import type { Assertion } from '../domain/stages.ts';
import { settingsOf } from './apps.ts';
import { assertionTools } from './generic-assertions.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment, placeOf } from './in-environment.ts';
import { assertAppServing } from './support/assert-app.ts';
import { convergedWithRoom } from './support/disk-room.ts';
import { loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import type { AppAtVersion } from './types.ts';
import { preferWarm } from './warm/choose.ts';

type Wanting = Pick<RunInput, 'recipe' | 'sources' | 'zone'>;

/** Finds all that the recipe needs, and pins the version of each: the newest that is published. */
export async function planDependencies(
  deps: HostDependencies,
  input: Wanting,
  operation: Operation,
): Promise<readonly PlannedDependency[]> {
  const definitions = await definitionsFrom(deps, input.recipe);
  const nodes: GraphNode[] = [...definitions].map(([recipe, definition]) => ({
    recipe,
    deps: definition.deps,
  }));
  const planned: PlannedDependency[] = [];
  for (const { recipe } of orderDependencies(input.recipe, nodes)) {
    const definition = definitions.get(recipe);
    if (!definition) continue;
    const dependents = [...definitions.values()].filter((one) => one.deps.includes(recipe));
    const cold = await planOne(deps, input, operation, definition);
    planned.push(await preferWarm(deps, operation, cold, dependents));
  }
  return planned;
}

async function definitionsFrom(
  deps: HostDependencies,
  recipe: string,
): Promise<ReadonlyMap<string, RecipeDefinition>> {
  const found = new Map<string, RecipeDefinition>();
  const wanted = [recipe];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name)) continue;
    const { definition } = await loadRecipe(name, deps.checkout);
    found.set(name, definition);
    wanted.push(...definition.deps);
  }
  return found;
}

/** Pins one recipe at the newest version that is published. */
export async function planOne(
  deps: HostDependencies,
  { sources, zone }: Pick<Wanting, 'sources' | 'zone'>,
  operation: Operation,
  definition: RecipeDefinition,
): Promise<PlannedDependency> {
  const { name: recipe } = definition;
  const source = definition.source ?? sources?.replaceAll('{recipe}', recipe);
  if (source === undefined) throw new CodedError('E_DEPENDENCY', `nobody says where ${recipe} lies`);
  const domain = appDomain({ recipe, role: recipe, environmentId: operation.environment.id, zone });
  const app: App = { role: recipe, recipe, source, domain, stack: stackName(domain) };
  const version = await deps.platform.newest(operation, app).catch((error: unknown) => {
    // It is not the recipe under test whose repository is missing or empty.
    if (error instanceof CodedError && error.code === 'E_REF') {
      throw new CodedError('E_DEPENDENCY', `${recipe}: ${error.message}`, { cause: error });
    }
    throw error;
  });
  const settings = await settingsOf(deps, recipe, version);
  // What is refused here is refused again by its deploy, which does not end the run.
  const examined = await deps.platform.examine(operation, app, version, settings);
  return {
    recipe,
    source,
    version,
    images: [...examined.images],
    deps: [...definition.deps],
    limits: limitsOf(definition, [examined.timeoutSeconds]),
    memoryBytes: memoryNeed(definition, [examined.reservedBytes]),
  };
}

/** Waits until a dependency can be used; what does not hold is why it cannot. */
export function awaitDependency(
  deps: HostDependencies,
  at: AppAtVersion & { readonly timeoutMs: number },
): Promise<readonly Assertion[]> {
  return inEnvironment(deps, placeOf(at, 'install'), async (operation) => {
    await convergedWithRoom(deps, operation, at.app, { timeoutMs: at.timeoutMs });
    const { definition } = await loadRecipe(at.app.recipe, deps.checkout);
    return assertAppServing(await assertionTools(deps), operation, at.app, definition);
  });
}

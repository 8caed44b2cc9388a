import type { Version } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment, placeOf } from './in-environment.ts';
import type { AppSettings, DeployReceipt, ImageOutcome, ServiceState } from './platform/port.ts';
import { convergedWithRoom, keepSizes, requireRoom } from './support/disk-room.ts';
import { loadRecipe } from './support/load-recipe.ts';
import { awaitMemory } from './support/memory-room.ts';
import { readWiring } from './support/wiring.ts';
import type { AppAtVersion, AppInStage, FetchRequest } from './types.ts';

/** What the reviewed recipe folder adds to the recipe at a version, and what it grants. */
export async function settingsOf(
  deps: HostDependencies,
  recipe: string,
  version: Pick<Version, 'chaos'>,
): Promise<AppSettings> {
  const { definition, overlay } = await loadRecipe(recipe, deps.checkout);
  // Only the head is deployed in chaos mode; the base does not know what the head brings (spec R-17).
  const env = version.chaos ? { ...definition.env, ...definition.upgrade.env } : definition.env;
  return { env, grants: definition.host, ...(overlay ? { overlay } : {}) };
}

/** The same for an app of an environment, with what has been computed from its dependencies. */
export async function settingsIn(
  deps: HostDependencies,
  { environment, app, version }: AppAtVersion,
): Promise<AppSettings> {
  const settings = await settingsOf(deps, app.recipe, version);
  const wiring = await readWiring(deps.paths, environment, app);
  if (!wiring) return settings;
  return { ...settings, env: { ...settings.env, ...wiring.env }, secrets: wiring.secrets };
}

/**
 * Pulls what the run needs before anything is deployed, base and head alike (spec R-68), once the host has the memory
 * for what is going to be deployed.
 */
export function fetchImages(
  deps: HostDependencies,
  { environment, app, images, later = [], memory }: FetchRequest,
): Promise<readonly ImageOutcome[]> {
  return inEnvironment(deps, placeOf({ environment, app }, 'images'), async (operation) => {
    if (memory) await awaitMemory(deps, operation, memory);
    await requireRoom(deps, operation, [...images, ...later]);
    const outcomes = await deps.platform.pullImages(operation, images);
    await keepSizes(deps, outcomes);
    return outcomes;
  });
}

/** Creates the app and deploys it: the one deploy of the run. */
export function deployApp(deps: HostDependencies, at: AppAtVersion): Promise<DeployReceipt> {
  const { app, version } = at;
  return inEnvironment(deps, placeOf(at, 'install'), async (operation) => {
    const settings = await settingsIn(deps, at);
    await deps.platform.createApp(operation, app, version, settings);
    return deps.platform.deploy(operation, app, version, settings);
  });
}

/** Waits until the services of the app have settled. */
export function awaitConverged(
  deps: HostDependencies,
  { environment, app, stage, timeoutMs }: AppInStage & { timeoutMs: number },
): Promise<readonly ServiceState[]> {
  return inEnvironment(deps, { environment, stage }, (operation) =>
    convergedWithRoom(deps, operation, app, { timeoutMs }),
  );
}

import type { AppSettings } from '../../activities/platform/port.ts';
import type { Operation } from '../../activities/support/operation.ts';
import type { App, Version } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import type { SwarmWorld } from './swarm-world.ts';
import type { TinyChange } from './tiny-recipe.ts';

const CONVERGE = { timeoutMs: 60_000 };
export const TAG = '1.0.0+1.28.0';
export const HEAD: TinyChange = { image: 'nginx:1.29.0' };

type Files = Record<string, string>;

export interface Scene {
  readonly operation: Operation;
  readonly app: App;
}

/** An app at its base, with a head whose files are given. */
export async function atBase(world: SwarmWorld, base: Files, head: Files) {
  const recipe = await world.recipe([{ files: base, tags: [TAG] }, { files: head }]);
  const [first = '', second = ''] = recipe.commits;
  const { environment, app } = world.environment(recipe.path);
  const operation = await world.operation(environment);
  const scene = {
    environment,
    app,
    operation,
    base: { tag: TAG, commit: first, chaos: false },
    head: { commit: second, chaos: true },
    name: (service: string) => `${app.stack}_${service}`,
  };
  await upgrade(world, scene, scene.base);
  return scene;
}

export async function upgrade(
  { platform }: SwarmWorld,
  { operation, app }: Scene,
  version: Version,
  settings: AppSettings = SETTINGS,
) {
  await platform.createApp(operation, app, version, settings);
  await platform.deploy(operation, app, version, settings);
  return platform.converged(operation, app, CONVERGE);
}

export const proof = (
  { platform }: SwarmWorld,
  { operation, app }: Scene,
  version: Version,
  settings: AppSettings = SETTINGS,
) => platform.proveVersion(operation, app, version, settings);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe } from './tiny-recipe.ts';

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

describe('the value of a secret', () => {
  it('is known by its name in the compose file, and hidden from then on', async () => {
    const recipe = await world.recipe([{ files: tinyRecipe() }]);
    const { environment, app } = world.environment(recipe.path);
    const operation = await world.operation(environment);
    const version = { commit: recipe.commits[0] ?? '', chaos: true };
    await world.platform.createApp(operation, app, version, SETTINGS);
    await world.platform.deploy(operation, app, version, SETTINGS);
    await world.platform.converged(operation, app, { timeoutMs: 60_000 });
    const later = await world.operation(environment);
    const value = await world.platform.secretValue(later, app, 'api_key');
    const mounted = await world.platform.exec(later, app, 'app', ['cat', '/run/secrets/api_key'], {
      timeoutMs: 5000,
    });
    expect(value).toBe(mounted.stdout);
    expect(later.redact(`key ${value}`)).not.toContain(value);
    await expect(world.platform.secretValue(later, app, 'other')).rejects.toMatchObject({
      code: 'E_SECRET_MISSING',
      message: expect.stringMatching(/: other; the app has admin_password, api_key$/),
    });
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe, type TinyChange } from './tiny-recipe.ts';
import { atBase, HEAD, proof, TAG, upgrade } from './upgrade-scene.ts';

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

describe('an upgrade', () => {
  it('makes the secret that only the head declares, and adds the env of the head [R-17]', async () => {
    const base = tinyRecipe();
    const head = tinyRecipe({ sample: 'SECRET_NEW_TOKEN_VERSION=v1 # length=12\n' });
    const compose = head['compose.yml']
      .replace('secrets: [admin_password, api_key]', 'secrets: [admin_password, api_key, new_token]')
      .concat('  new_token: {external: true, name: "${STACK_NAME}_new_token_${SECRET_NEW_TOKEN_VERSION}"}\n');
    const scene = await atBase(world, base, { ...head, 'compose.yml': compose });
    const settings = { env: { FEATURE: 'on' }, grants: {} };
    await upgrade(world, scene, scene.head, settings);
    expect((await proof(world, scene, scene.head, settings)).filter(({ ok }) => !ok)).toEqual([]);
    const show = ['sh', '-c', 'wc -c < /run/secrets/new_token; echo $FEATURE'] as const;
    const { stdout } = await world.platform.exec(scene.operation, scene.app, 'app', show, {
      timeoutMs: 10_000,
    });
    expect(stdout).toBe('12\non\n');
  });

  it('takes the overlay of the recipe folder for base and head [R-77]', async () => {
    const recipe = await world.recipe([{ files: tinyRecipe({ image: 'nginx:0.0.1' }), tags: [TAG] }]);
    const { environment, app } = world.environment(recipe.path);
    const operation = await world.operation(environment);
    const version = { tag: TAG, commit: recipe.commits[0] ?? '', chaos: false };
    const settings = { ...SETTINGS, overlay: { services: { app: { image: 'nginx:1.28.0' } } } };
    expect((await world.platform.examine(operation, app, version, settings)).images).toEqual([
      'nginx:1.28.0',
    ]);
    const states = await upgrade(world, { operation, app }, version, settings);
    expect(states[0]?.image).toMatch(/^nginx:1\.28\.0@sha256:/);
    expect(await proof(world, { operation, app }, version, settings)).not.toContainEqual(
      expect.objectContaining({ ok: false }),
    );
  });
});

const update = (action: string, order: string) =>
  `    deploy:
      restart_policy: {condition: any}
      update_config: {failure_action: ${action}, order: ${order}}
`;
/** A second service, so that swarm's defaults apply to it: it is started again after 5 s. */
const web = (image: string, command: string, deploy: string): TinyChange => ({
  services: `  web:\n    image: ${image}\n    command: ${JSON.stringify(['sh', '-c', command])}\n    networks: [internal]\n${deploy}`,
});
// The image asks to be stopped with QUIT.
const RUNS = 'trap "exit 0" TERM QUIT; sleep 600 & wait';

describe('an upgrade that cannot succeed', () => {
  it.each([
    ['pause', 'stop-first', 'exit 3', 'E_CRASH_LOOP', /web: update paused: .*exit code 3/],
    ['rollback', 'start-first', 'sleep 1; exit 3', 'E_CRASH_LOOP', /web: update rollback_\w+: .*exit code 3/],
    ['continue', 'start-first', 'exit 3', 'E_CRASH_LOOP', /web: \d times exit code 3/],
    ['continue', 'stop-first', 'exit 3', 'E_CRASH_LOOP', /web: \d times exit code 3/],
  ])(
    'is given up within 20 s: failure_action %s, %s [F-59]',
    async (action, order, command, code, message) => {
      const deploy = update(action, order);
      const scene = await atBase(
        world,
        tinyRecipe(web('nginx:1.28.0', RUNS, deploy)),
        tinyRecipe(web('nginx:1.28.0', command, deploy)),
      );
      const started = Date.now();
      await expect(upgrade(world, scene, scene.head)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      expect(Date.now() - started).toBeLessThan(20_000);
    },
  );

  it.each([
    ['pause', 'stop-first'],
    ['rollback', 'start-first'],
  ])('names an image that cannot be had within 20 s: failure_action %s, %s [F-70]', async (action, order) => {
    const deploy = update(action, order);
    const scene = await atBase(
      world,
      tinyRecipe(web('nginx:1.28.0', RUNS, deploy)),
      tinyRecipe(web('127.0.0.1:5000/library/nowhere:1.0', RUNS, deploy)),
    );
    const started = Date.now();
    await expect(upgrade(world, scene, scene.head)).rejects.toMatchObject({
      code: 'E_IMAGE_UNKNOWN',
      message: expect.stringContaining('nowhere:1.0'),
    });
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('is given up within 20 s when it is an installation, with the restart delay of swarm', async () => {
    const crashing = web('nginx:1.28.0', 'exit 3', '');
    const started = Date.now();
    await expect(atBase(world, tinyRecipe(crashing), tinyRecipe(HEAD))).rejects.toMatchObject({
      code: 'E_CRASH_LOOP',
    });
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});

it('what ends by itself after the deploy had converged is counted, and nothing from before', async () => {
  const volume = '    volumes: ["content:/shared"]\n';
  const deploy = '    deploy: {restart_policy: {condition: any, delay: 1s}}\n';
  const twice = 'test -e /shared/started || { touch /shared/started; exit 9; }; sleep 12; exit 7';
  const scene = await atBase(
    world,
    tinyRecipe(web('nginx:1.28.0', twice, volume + deploy)),
    tinyRecipe(HEAD),
  );
  const states = async () =>
    (await world.platform.serviceStates(scene.app)).find(({ service }) => service === 'web');
  expect(await states()).toMatchObject({ running: 1 });
  expect(await states()).not.toHaveProperty('crashes');
  await delay(9000);
  await expect
    .poll(states, { timeout: 20_000, interval: 500 })
    .toMatchObject({ crashes: { count: 1, reason: expect.stringContaining('exit code 7') } });
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppSettings } from '../../activities/platform/port.ts';
import type { Operation } from '../../activities/support/operation.ts';
import type { App, Version } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe, type TinyChange } from './tiny-recipe.ts';

const CONVERGE = { timeoutMs: 60_000 };
const TAG = '1.0.0+1.28.0';

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

type Files = Record<string, string>;

/** An app at its base, with a head whose files are given. */
async function atBase(base: Files, head: Files) {
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
  await upgrade(scene, scene.base);
  return scene;
}

interface Scene {
  readonly operation: Operation;
  readonly app: App;
}

async function upgrade({ operation, app }: Scene, version: Version, settings: AppSettings = SETTINGS) {
  await world.platform.createApp(operation, app, version, settings);
  await world.platform.deploy(operation, app, version, settings);
  return world.platform.converged(operation, app, CONVERGE);
}

const proof = ({ operation, app }: Scene, version: Version, settings: AppSettings = SETTINGS) =>
  world.platform.proveVersion(operation, app, version, settings);

async function faults(scene: Scene, version: Version) {
  const failed = (await proof(scene, version)).filter(({ ok }) => !ok);
  return Object.fromEntries(failed.map(({ name, detail }) => [name, detail]));
}

const HEAD: TinyChange = { image: 'nginx:1.29.0' };
const IMAGES = 'services and tasks have the images of the version';
const ENVIRONMENT = 'services and tasks have the environment of the version';
const CONFIGS = 'services and tasks have the configs of the version, with its content';
const LABELS = 'services have the labels of the version';
const LABEL = 'the label of the app names the version';

describe('proof that a version runs', () => {
  it('holds for the base, for an honest upgrade, and not for the other of the two [R-14, H-19]', async () => {
    const scene = await atBase(tinyRecipe(), tinyRecipe(HEAD));
    expect(await faults(scene, scene.base)).toEqual({});
    expect(await faults(scene, scene.head)).toMatchObject({
      [IMAGES]: expect.stringContaining(
        'docker.io/library/nginx:1.28.0, expected docker.io/library/nginx:1.29.0',
      ),
      [LABEL]: expect.stringContaining('chaos-version=none'),
    });
    await upgrade(scene, scene.head);
    const proven = await proof(scene, scene.head);
    expect(proven.filter(({ ok }) => !ok)).toEqual([]);
    expect(proven).toHaveLength(11);
    const short = scene.head.commit.slice(0, 8);
    expect(proven.at(-1)?.detail).toMatch(
      new RegExp(
        `head_ref=${short}.* chaos-version=${short} version=1\\.0\\.0\\+1\\.28\\.0→1\\.0\\.0\\+1\\.28\\.0`,
      ),
    );
    expect(await faults(scene, scene.base)).toHaveProperty([IMAGES]);
  });

  it('holds although the label says that the work tree was dirty [R-15, F-34]', async () => {
    const scene = await atBase(tinyRecipe(), tinyRecipe(HEAD));
    await upgrade(scene, scene.head);
    const key = `coop-cloud.${scene.app.stack}.chaos-version`;
    const dirty = `${key}=${scene.head.commit.slice(0, 8)}+U`;
    await world.docker('service', 'update', '--detach', '--label-add', dirty, scene.name('app'));
    expect(await faults(scene, scene.head)).not.toHaveProperty([LABEL]);
  });

  it('is refused to a base that was only given the label of the head [R-14]', async () => {
    const scene = await atBase(tinyRecipe(), tinyRecipe(HEAD));
    const label = (key: string, value: string) => [
      '--label-add',
      `coop-cloud.${scene.app.stack}.${key}=${value}`,
    ];
    await world.docker(
      ...['service', 'update', '--detach', ...label('chaos', 'true')],
      ...[...label('chaos-version', scene.head.commit.slice(0, 8)), scene.name('app')],
    );
    const found = await faults(scene, scene.head);
    expect(found).not.toHaveProperty([LABEL]);
    expect(found).toHaveProperty([IMAGES]);
  });

  it('is refused when a service was changed by hand, and shows no value [R-14]', async () => {
    const scene = await atBase(tinyRecipe(), tinyRecipe(HEAD));
    await upgrade(scene, scene.head);
    await world.docker(
      ...['service', 'update', '--detach', '--image', 'nginx:1.28.0', '--env-add', 'DOMAIN=evil.example'],
      ...[
        '--env-add',
        'MORE=besides',
        '--label-add',
        'more=besides',
        '--no-resolve-image',
        scene.name('app'),
      ],
    );
    const found = await faults(scene, scene.head);
    expect(found).toMatchObject({
      [IMAGES]: expect.stringContaining('app: image is'),
      [ENVIRONMENT]: expect.stringMatching(/app: DOMAIN has another value; app: MORE is not of this version/),
      [LABELS]: 'app: more is not of this version',
    });
    expect(JSON.stringify(found)).not.toContain('evil.example');
    expect(JSON.stringify(found)).not.toContain('besides"');
  });

  it('is refused while tasks of the old specification still run [R-14]', async () => {
    const replicas = '    deploy: {replicas: 2, update_config: {parallelism: 1, delay: 300s}}\n';
    const web = (image: string) => `  web:\n    image: ${image}\n    networks: [internal]\n${replicas}`;
    const head = tinyRecipe({ ...HEAD, services: web('nginx:1.29.0') });
    const scene = await atBase(tinyRecipe({ services: web('nginx:1.28.0') }), head);
    await world.platform.createApp(scene.operation, scene.app, scene.head, SETTINGS);
    await world.platform.deploy(scene.operation, scene.app, scene.head, SETTINGS);
    await expect
      .poll(async () => (await faults(scene, scene.head))[IMAGES], { timeout: 30_000, interval: 500 })
      .toMatch(/^web, task \w+: image is docker\.io\/library\/nginx:1\.28\.0, expected [^;]*$/);
  });

  it('is refused when a config of the same name has other content', async () => {
    const base = tinyRecipe();
    const scene = await atBase(base, { ...base, 'page.html': 'other\n' });
    expect((await faults(scene, scene.head))[CONFIGS]).toMatch(
      /^app: \/page\.html is \S+_page_v1 sha256:[0-9a-f]{64}, expected \S+_page_v1 sha256:[0-9a-f]{64}; app, task/,
    );
  });

  it('is not disturbed by what has no meaning [F-34]', async () => {
    const app = `    environment:
      - NUMBER=07
      - "TRUTH=yes"
      - "ÜNÏ=grüße 日本"
      - "DOLLAR=a$$b"
    labels: ["list.label=1", "empty.label="]
    healthcheck: {test: "true", interval: 1s}
    entrypoint: /docker-entrypoint.sh
`;
    const services = `  gone:
    image: nginx:1.28.0
    networks: [internal]
  job:
    image: nginx:1.28.0
    networks: [internal]
    command: "true"
    deploy: {replicas: 0}
  once:
    image: nginx:1.28.0
    networks: [internal, internal]
    command: ["true"]
    healthcheck: {disable: true}
    tmpfs: /tmp
    deploy: {restart_policy: {condition: none}, labels: {list.label: "1"}}
`;
    const renamed = services.replace('gone:', 'renamed:').replace('[internal, internal]', '[internal]');
    const list = renamed.replace('{list.label: "1"}', '["list.label=1"]');
    const templated = {
      'abra.sh': 'export PAGE_VERSION=v2\n',
      'page.html': 'Grüße {{ env "DOMAIN" }}\n',
    };
    const files = tinyRecipe({ ...HEAD, app, services: list });
    const compose = files['compose.yml'].replace(
      'file: page.html',
      'file: page.html, template_driver: golang',
    );
    const scene = await atBase(
      tinyRecipe({ app, services: services.replace('[internal, internal]', '[internal]') }),
      {
        ...files,
        ...templated,
        'compose.yml': compose,
      },
    );
    await upgrade(scene, scene.head);
    const proven = await proof(scene, scene.head);
    expect(proven.filter(({ ok }) => !ok)).toEqual([]);
    expect(proven[0]?.detail).toBe('app, job, once, renamed; not of this version and left running: gone');
  });
});

describe('an upgrade', () => {
  it('makes the secret that only the head declares, and adds the env of the head [R-17]', async () => {
    const base = tinyRecipe();
    const head = tinyRecipe({ sample: 'SECRET_NEW_TOKEN_VERSION=v1 # length=12\n' });
    const compose = head['compose.yml']
      .replace('secrets: [admin_password, api_key]', 'secrets: [admin_password, api_key, new_token]')
      .concat('  new_token: {external: true, name: "${STACK_NAME}_new_token_${SECRET_NEW_TOKEN_VERSION}"}\n');
    const scene = await atBase(base, { ...head, 'compose.yml': compose });
    const settings = { env: { FEATURE: 'on' }, grants: {} };
    await upgrade(scene, scene.head, settings);
    expect((await proof(scene, scene.head, settings)).filter(({ ok }) => !ok)).toEqual([]);
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
    const states = await upgrade({ operation, app }, version, settings);
    expect(states[0]?.image).toMatch(/^nginx:1\.28\.0@sha256:/);
    expect(await proof({ operation, app }, version, settings)).not.toContainEqual(
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
        tinyRecipe(web('nginx:1.28.0', RUNS, deploy)),
        tinyRecipe(web('nginx:1.28.0', command, deploy)),
      );
      const started = Date.now();
      await expect(upgrade(scene, scene.head)).rejects.toMatchObject({
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
      tinyRecipe(web('nginx:1.28.0', RUNS, deploy)),
      tinyRecipe(web('127.0.0.1:5000/library/nowhere:1.0', RUNS, deploy)),
    );
    const started = Date.now();
    await expect(upgrade(scene, scene.head)).rejects.toMatchObject({
      code: 'E_IMAGE_UNKNOWN',
      message: expect.stringContaining('nowhere:1.0'),
    });
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('is given up within 20 s when it is an installation, with the restart delay of swarm', async () => {
    const crashing = web('nginx:1.28.0', 'exit 3', '');
    const started = Date.now();
    await expect(atBase(tinyRecipe(crashing), tinyRecipe(HEAD))).rejects.toMatchObject({
      code: 'E_CRASH_LOOP',
    });
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});

it('what ends by itself after the deploy had converged is counted, and nothing from before', async () => {
  const volume = '    volumes: ["content:/shared"]\n';
  const deploy = '    deploy: {restart_policy: {condition: any, delay: 1s}}\n';
  const twice = 'test -e /shared/started || { touch /shared/started; exit 9; }; sleep 12; exit 7';
  const scene = await atBase(tinyRecipe(web('nginx:1.28.0', twice, volume + deploy)), tinyRecipe(HEAD));
  const states = async () =>
    (await world.platform.serviceStates(scene.app)).find(({ service }) => service === 'web');
  expect(await states()).toMatchObject({ running: 1 });
  expect(await states()).not.toHaveProperty('crashes');
  await delay(9000);
  await expect
    .poll(states, { timeout: 20_000, interval: 500 })
    .toMatchObject({ crashes: { count: 1, reason: expect.stringContaining('exit code 7') } });
});

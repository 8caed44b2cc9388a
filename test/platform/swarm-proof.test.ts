import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Version } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe } from './tiny-recipe.ts';
import { atBase, HEAD, proof, upgrade, type Scene } from './upgrade-scene.ts';

const IMAGES = 'services and tasks have the images of the version';
const ENVIRONMENT = 'services and tasks have the environment of the version';
const CONFIGS = 'services and tasks have the configs of the version, with its content';
const LABELS = 'services have the labels of the version';
const LABEL = 'the label of the app names the version';

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

async function faults(scene: Scene, version: Version) {
  const failed = (await proof(world, scene, version)).filter(({ ok }) => !ok);
  return Object.fromEntries(failed.map(({ name, detail }) => [name, detail]));
}

describe('proof that a version runs', () => {
  it('holds for the base, for an honest upgrade, and not for the other of the two [R-14, H-19]', async () => {
    const scene = await atBase(world, tinyRecipe(), tinyRecipe(HEAD));
    expect(await faults(scene, scene.base)).toEqual({});
    expect(await faults(scene, scene.head)).toMatchObject({
      [IMAGES]: expect.stringContaining(
        'docker.io/library/nginx:1.28.0, expected docker.io/library/nginx:1.29.0',
      ),
      [LABEL]: expect.stringContaining('chaos-version=none'),
    });
    await upgrade(world, scene, scene.head);
    const proven = await proof(world, scene, scene.head);
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
    const scene = await atBase(world, tinyRecipe(), tinyRecipe(HEAD));
    await upgrade(world, scene, scene.head);
    const key = `coop-cloud.${scene.app.stack}.chaos-version`;
    const dirty = `${key}=${scene.head.commit.slice(0, 8)}+U`;
    await world.docker('service', 'update', '--detach', '--label-add', dirty, scene.name('app'));
    expect(await faults(scene, scene.head)).not.toHaveProperty([LABEL]);
  });

  it('is refused to a base that was only given the label of the head [R-14]', async () => {
    const scene = await atBase(world, tinyRecipe(), tinyRecipe(HEAD));
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
    const scene = await atBase(world, tinyRecipe(), tinyRecipe(HEAD));
    await upgrade(world, scene, scene.head);
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
    const scene = await atBase(world, tinyRecipe({ services: web('nginx:1.28.0') }), head);
    await world.platform.createApp(scene.operation, scene.app, scene.head, SETTINGS);
    await world.platform.deploy(scene.operation, scene.app, scene.head, SETTINGS);
    await expect
      .poll(async () => (await faults(scene, scene.head))[IMAGES], { timeout: 30_000, interval: 500 })
      .toMatch(/^web, task \w+: image is docker\.io\/library\/nginx:1\.28\.0, expected [^;]*$/);
  });

  it('is refused when a config of the same name has other content', async () => {
    const base = tinyRecipe();
    const scene = await atBase(world, base, { ...base, 'page.html': 'other\n' });
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
      world,
      tinyRecipe({ app, services: services.replace('[internal, internal]', '[internal]') }),
      {
        ...files,
        ...templated,
        'compose.yml': compose,
      },
    );
    await upgrade(world, scene, scene.head);
    const proven = await proof(world, scene, scene.head);
    expect(proven.filter(({ ok }) => !ok)).toEqual([]);
    expect(proven[0]?.detail).toBe('app, job, once, renamed; not of this version and left running: gone');
  });
});

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeData, undeploy } from '../../activities/platform/swarm/remove.ts';
import { secretFile } from '../../activities/platform/swarm/secret-store.ts';
import { createSwarmContext } from '../../activities/platform/swarm/swarm-context.ts';
import { closeFence } from '../../activities/support/fence.ts';
import type { Environment } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe, type TinyChange } from './tiny-recipe.ts';

const CONVERGE = { timeoutMs: 60_000 };
const SECOND = `  db:
    image: nginx:1.28.0
    networks: [internal]
`;
const THIRD = SECOND.replace('db:', 'cache:');

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

async function scene(change: TinyChange = {}, head: TinyChange = { ...change, image: 'nginx:1.29.0' }) {
  const recipe = await world.recipe([
    { files: tinyRecipe(change), tags: ['1.0.0+1.28.0'] },
    { files: tinyRecipe(head) },
  ]);
  const [base = '', tip = ''] = recipe.commits;
  return {
    ...world.environment(recipe.path),
    base: { tag: '1.0.0+1.28.0', commit: base, chaos: false },
    head: { commit: tip, chaos: true },
  };
}

/** Kind, action and name of what happens while `body` runs, by the daemon's own account. */
async function observe(body: () => Promise<unknown>): Promise<string[]> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', DOCKER_HOST: world.config.CCI_DOCKER_HOST };
  const state = '{{with index .Actor.Attributes "updatestate.new"}} updatestate {{.}}{{end}}';
  const format = `{{.Type}} {{.Action}} {{.Actor.Attributes.name}}${state}`;
  const events = spawn(world.config.CCI_DOCKER_BIN, ['events', '--format', format], { env });
  let seen = '';
  events.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await delay(500);
  await body();
  await delay(1000);
  events.kill();
  return seen.trim().split('\n');
}

it('goes on with a deploy that made only some services: none is made twice, none is updated [R-01 O-35]', async () => {
  const { environment, app, base } = await scene({ services: SECOND + THIRD });
  const first = await world.operation(environment);
  await world.platform.createApp(first, app, base, SETTINGS);
  await world.platform.deploy(first, app, base, SETTINGS);
  await world.platform.converged(first, app, CONVERGE);
  const before = await world.platform.serviceStates(app);
  await world.docker('service', 'rm', `${app.stack}_cache`);

  const events = await observe(async () => {
    const second = await world.operation(environment);
    const receipt = await world.platform.deploy(second, app, base, SETTINGS);
    expect(receipt).toMatchObject({ resumed: true, services: ['app', 'cache', 'db'] });
    await world.platform.converged(second, app, CONVERGE);
  });

  const ours = events.filter((event) => event.startsWith('service') && event.includes(app.stack));
  // What the client said tells a service that was sent twice from one that swarm itself changed.
  const said = await readFile(world.paths.stageLog(environment.runId, 'install'), 'utf8');
  expect(ours, `${events.join('\n')}\n${said}`).toEqual([`service create ${app.stack}_cache`]);
  const after = await world.platform.serviceStates(app);
  expect(after.map(({ service }) => service)).toEqual(['app', 'cache', 'db']);
  for (const name of ['app', 'db']) {
    const then = before.find(({ service }) => service === name);
    const now = after.find(({ service }) => service === name);
    expect({ ...now, upMs: 0 }).toEqual({ ...then, upMs: 0 });
    // The same tasks, and older by now.
    expect(now?.upMs).toBeGreaterThan(then?.upMs ?? Infinity);
  }
});

it('creates each service once and updates it once in an upgrade, by the account of the daemon [R-02]', async () => {
  const { environment, app, base, head } = await scene();
  const events = await observe(async () => {
    const operation = await world.operation(environment);
    await world.platform.createApp(operation, app, base, SETTINGS);
    await world.platform.deploy(operation, app, base, SETTINGS);
    await world.platform.converged(operation, app, CONVERGE);
    await world.platform.deploy(operation, app, head, SETTINGS);
    await world.platform.deploy(operation, app, head, SETTINGS);
    await world.platform.converged(operation, app, CONVERGE);
  });
  const name = `${app.stack}_app`;
  const changes = events.filter((event) => event.startsWith('service') && event.includes(name));
  // Swarm's own progress with an update is reported as updates too, but these name a state.
  const asked = changes.filter((event) => !event.includes('updatestate'));
  expect(asked).toEqual([`service create ${name}`, `service update ${name}`]);
  const containers = events.filter((event) => event.startsWith(`container start ${name}.`));
  expect(containers).toHaveLength(2);
});

it('deploys again what an attempt that was killed half-way had begun, with the same bytes [O-37]', async () => {
  const { environment, app, base } = await scene({ services: SECOND + THIRD });
  const controller = new AbortController();
  const first = await world.operation(environment, controller.signal);
  await world.platform.createApp(first, app, base, SETTINGS);
  const deploying = world.platform.deploy(first, app, base, SETTINGS).catch((error: unknown) => error);
  // The first service has been made and the docker client is at work on the next.
  const seen = async () =>
    (await world.docker('service', 'ls', '-q', '--filter', `name=${app.stack}`)) !== '';
  while (!(await seen())) await delay(5);

  const second = await world.operation(environment);
  const interrupted = await deploying;
  const receipt = await world.platform.deploy(second, app, base, SETTINGS);

  expect(receipt.resumed).toBe(true);
  await world.platform.converged(second, app, CONVERGE);
  expect((await world.platform.serviceStates(app)).map(({ service }) => service)).toEqual([
    'app',
    'cache',
    'db',
  ]);
  // On a fast host the client may have finished before it could be killed.
  if (interrupted instanceof Error) expect(interrupted).toMatchObject({ code: 'E_FENCED' });
});

it('puts the marks of the environment and of the deploy on every object', async () => {
  const { environment, app, base } = await scene();
  const operation = await world.operation(environment);
  await world.platform.createApp(operation, app, base, SETTINGS);
  const { deployId } = await world.platform.deploy(operation, app, base, SETTINGS);
  await world.platform.converged(operation, app, CONVERGE);
  const expected = {
    'cc-ci.instance': environment.instance,
    'cc-ci.run': environment.runId,
    'cc-ci.environment': environment.id,
    'cc-ci.deploy': deployId,
  };
  const items = (await world.platform.inventory({ environment })).filter(({ kind }) => kind !== 'file');
  expect(new Set(items.map(({ kind }) => kind)).size).toBe(6);
  for (const { kind, name } of items)
    expect(await labelsOf(kind, name), `${kind} ${name}`).toMatchObject(expected);
});

async function labelsOf(kind: string, name: string): Promise<unknown> {
  const place = { service: '.Spec', secret: '.Spec', config: '.Spec', container: '.Config' }[kind] ?? '';
  return JSON.parse(await world.docker(kind, 'inspect', '--format', `{{json ${place}.Labels}}`, name));
}

it('makes secrets of the length and alphabet that the sample asks for, known to the host alone [R-64]', async () => {
  const { environment, app, base } = await scene({ sample: 'SECRET_UNUSED_VERSION=v1 # length=9\n' });
  const operation = await world.operation(environment);
  await world.platform.createApp(operation, app, base, SETTINGS);
  await world.platform.deploy(operation, app, base, SETTINGS);
  await world.platform.converged(operation, app, CONVERGE);
  const read = ['sh', '-c', 'cat /run/secrets/api_key; echo; cat /run/secrets/admin_password'] as const;
  const { stdout } = await world.platform.exec(operation, app, 'app', read, { timeoutMs: 10_000 });
  const [key = '', password = ''] = stdout.split('\n');
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
  const log = await readFile(world.paths.stageLog(environment.runId, 'install'), 'utf8');
  expect(log).toContain('[redacted]');
  for (const value of [key, password]) expect(log).not.toContain(value);
});

it('refuses to make up a secret that must be provided, and takes the one that was [R-65]', async () => {
  const sample = 'SECRET_API_KEY_VERSION=v1 # generate=false\n';
  const { environment, app, base } = await scene({ sample });
  const operation = await world.operation(environment);
  const creating = world.platform.createApp(operation, app, base, SETTINGS);
  await expect(creating).rejects.toMatchObject({
    code: 'E_SECRET_MISSING',
    message: expect.stringContaining('api_key'),
  });
  const swarmName = `${app.stack}_api_key_v1`;
  const file = secretFile(world.paths.environment(environment.id).private, swarmName);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'provided-value');
  await world.platform.createApp(operation, app, base, SETTINGS);
  await world.platform.deploy(operation, app, base, SETTINGS);
  await world.platform.converged(operation, app, CONVERGE);
  const read = ['cat', '/run/secrets/api_key'] as const;
  const { stdout } = await world.platform.exec(operation, app, 'app', read, { timeoutMs: 10_000 });
  expect(stdout).toBe('provided-value');
});

it('refuses names that belong to somebody else, and leaves them alone in the removal [R-50 F-26]', async () => {
  const { environment, app, base } = await scene();
  const foreign = `${app.stack}_content`;
  const similar = `${app.stack}2_content`;
  await world.docker('volume', 'create', '--label', 'cc-ci.environment=somebody-else', foreign);
  await world.docker('volume', 'create', similar);
  try {
    const operation = await world.operation(environment);
    await expect(world.platform.createApp(operation, app, base, SETTINGS)).rejects.toMatchObject({
      code: 'E_RESIDUE',
      message: expect.stringContaining(foreign),
    });
    await world.remove(environment);
    expect(await world.platform.inventory({ environment })).toEqual([]);
    const left = await world.docker('volume', 'ls', '--quiet', '--filter', `name=${app.stack}`);
    expect(left.split('\n').sort()).toEqual([foreign, similar].sort());
  } finally {
    await world.docker('volume', 'rm', foreign, similar);
  }
});

it('removes a volume that a container outside the stack still holds for a while [R-47 F-77]', async () => {
  const { environment, app, base } = await scene();
  const operation = await world.operation(environment);
  await world.platform.createApp(operation, app, base, SETTINGS);
  await world.platform.deploy(operation, app, base, SETTINGS);
  await world.platform.converged(operation, app, CONVERGE);
  const holder = await world.docker(
    ...['run', '--detach', '--rm', '--network', 'none', '--volume', `${app.stack}_content:/held`],
    ...['debian:bookworm-slim', 'sleep', '3'],
  );
  await world.remove(environment);
  expect(await world.platform.inventory({ environment })).toEqual([]);
  await expect(world.docker('inspect', holder)).rejects.toThrow();
});

it('tries all the rest when one object cannot be removed, and names that one [R-48 O-36]', async () => {
  const { environment, app, base } = await scene();
  const operation = await world.operation(environment);
  await world.platform.createApp(operation, app, base, SETTINGS);
  await world.platform.deploy(operation, app, base, SETTINGS);
  await world.platform.converged(operation, app, CONVERGE);
  const volume = `${app.stack}_content`;
  const holder = await world.docker(
    ...['run', '--detach', '--rm', '--network', 'none', '--volume', `${volume}:/held`],
    ...['debian:bookworm-slim', 'sleep', '600'],
  );
  try {
    const context = createSwarmContext(world.config, world.paths);
    await undeploy(context, operation, app);
    await expect(removeData(context, operation, app, 1000)).rejects.toMatchObject({
      code: 'E_RESIDUE',
      message: expect.stringContaining(`volume ${volume}`),
    });
    const left = (await world.platform.inventory({ environment })).filter(({ kind }) => kind !== 'file');
    expect(left).toMatchObject([{ kind: 'volume', name: volume }]);
  } finally {
    await world.docker('rm', '--force', holder);
  }
});

it('keeps the objects of the installation itself out of every inventory', async () => {
  const { environment, app } = await scene();
  const name = `${app.stack}_system`;
  const labels = ['--label', 'cc-ci.system=true', '--label', `cc-ci.environment=${environment.id}`];
  await world.docker('volume', 'create', ...labels, name);
  try {
    expect(await world.platform.inventory({ environment })).toEqual([]);
  } finally {
    await world.docker('volume', 'rm', name);
  }
});

it('refuses a config that changed its content under its old name', async () => {
  const { environment, app, base } = await scene();
  const recipe = await world.recipe([
    { files: tinyRecipe(), tags: ['1.0.0+1.28.0'] },
    { files: { 'page.html': 'other\n' } },
  ]);
  const operation = await world.operation(environment);
  await world.platform.createApp(operation, app, base, SETTINGS);
  await world.platform.deploy(operation, app, base, SETTINGS);
  const changed = { ...app, source: recipe.path };
  const head = { commit: recipe.commits[1] ?? '', chaos: true };
  const deploying = world.platform.deploy(operation, changed, head, SETTINGS);
  await expect(deploying).rejects.toMatchObject({ code: 'E_CONFIG_CHANGED' });
});

it('leaves no process of an environment behind when it is closed', async () => {
  const { environment } = await scene();
  const operation = await world.operation(environment);
  const running = operation.run(['sleep', '600'], { timeoutMs: 600_000 }).catch((error: unknown) => error);
  await delay(100);
  await closeEnvironmentFence(environment);
  expect(await running).toMatchObject({ code: 'E_FENCED' });
});

const closeEnvironmentFence = (environment: Environment) =>
  closeFence({ environmentId: environment.id, folder: world.paths.environment(environment.id).fence });

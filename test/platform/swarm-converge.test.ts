import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App, Environment } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe, type TinyChange } from './tiny-recipe.ts';

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

async function deployed(change: TinyChange) {
  const recipe = await world.recipe([{ files: tinyRecipe(change), tags: ['1.0.0+1.28.0'] }]);
  const { environment, app } = world.environment(recipe.path);
  const operation = await world.operation(environment);
  const version = { tag: '1.0.0+1.28.0', commit: recipe.commits[0] ?? '', chaos: false };
  await world.platform.createApp(operation, app, version, SETTINGS);
  await world.platform.deploy(operation, app, version, SETTINGS);
  const converged = (timeoutMs = 60_000) => world.platform.converged(operation, app, { timeoutMs });
  return { environment, app, operation, converged };
}

const service = (name: string, command: string, more = '') => `  ${name}:
    image: nginx:1.28.0
    command: ${JSON.stringify(['sh', '-c', command])}
    networks: [internal]
${more}`;

/** However slowly containers start: the other one has ended three times by then. */
const AFTER_THREE_EXITS = `until grep -c x /shared/exits | grep -q '[3-9]'; do sleep 0.2; done`;

/** How often the other one has been started; swarm itself forgets all but the last tasks. */
async function startsOf(environment: Environment, app: App): Promise<number> {
  const options = { timeoutMs: 10_000 };
  const operation = await world.operation(environment);
  const { stdout } = await world.platform.exec(operation, app, 'web', ['cat', '/shared/exits'], options);
  return stdout.trim().split('\n').length;
}

describe('waiting for convergence', () => {
  it('names a crash loop with its exit code and the last log lines [F-59, F-17]', async () => {
    const { converged } = await deployed({ command: '["sh", "-c", "echo no database; exit 7"]' });
    const started = Date.now();
    await expect(converged()).rejects.toMatchObject({
      code: 'E_CRASH_LOOP',
      message: expect.stringMatching(/app: [23] times exit code 7[\s\S]*\| no database/),
    });
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('shows no secret that a failing service has printed [H-20]', async () => {
    const { converged } = await deployed({
      command: '["sh", "-c", "cat /run/secrets/api_key; echo; exit 7"]',
    });
    const error: unknown = await converged().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E_CRASH_LOOP', message: expect.stringContaining('| [redacted]') });
    expect(String(error)).not.toMatch(/[0-9a-f]{64}/);
  });

  it('gives a service time that exits until another one is up [R-60]', async () => {
    const waits = `echo x >> /shared/exits; test -e /shared/up || { echo waiting; exit 2; }; exec sleep 600`;
    const comesUp = `${AFTER_THREE_EXITS}; touch /shared/up; exec sleep 600`;
    const volumes = '    volumes: ["content:/shared"]\n';
    const check =
      '    healthcheck: {test: ["CMD", "test", "-e", "/shared/up"], interval: 1s, start_period: 30s}\n';
    const { converged, environment, app } = await deployed({
      services:
        service('web', waits, `${volumes}    deploy: {restart_policy: {condition: any, delay: 1s}}\n`) +
        service('db', comesUp, volumes + check),
    });
    const states = await converged();
    const web = states.find((state) => state.service === 'web');
    expect(web).toMatchObject({ running: 1 });
    expect(await startsOf(environment, app)).toBeGreaterThan(3);
    expect(states.find((state) => state.service === 'db')).toMatchObject({ health: 'healthy' });
  });

  it('has patience with one that says it waits, when the other has no health check [F-54]', async () => {
    const waits =
      'echo x >> /shared/exits; test -e /shared/up || { echo connect ECONNREFUSED 10.0.0.1:5432; exit 2; }; exec sleep 600';
    const volumes = '    volumes: ["content:/shared"]\n';
    const { converged, environment, app } = await deployed({
      services:
        service('web', waits, `${volumes}    deploy: {restart_policy: {condition: any, delay: 2s}}\n`) +
        service('db', `${AFTER_THREE_EXITS}; touch /shared/up; exec sleep 600`, volumes),
    });
    const web = (await converged()).find((state) => state.service === 'web');
    expect(web).toMatchObject({ running: 1 });
    // More than quick exits are given without such words.
    expect(await startsOf(environment, app)).toBeGreaterThan(3);
  });

  it('names the reason that swarm gives for a rejected task', async () => {
    const { converged } = await deployed({ app: '    hostname: app\n    working_dir: relative\n' });
    await expect(converged()).rejects.toMatchObject({
      code: 'E_TASK_REJECTED',
      message: expect.stringContaining('app: '),
    });
  });

  it('says that an image cannot be had, by its name [F-70]', async () => {
    const { converged } = await deployed({ image: '127.0.0.1:5000/library/nowhere:1.0' });
    await expect(converged()).rejects.toMatchObject({
      code: 'E_IMAGE_UNKNOWN',
      message: expect.stringContaining('nowhere:1.0'),
    });
  });

  it('counts a one-shot service that has completed, and one without replicas, as done', async () => {
    const { converged } = await deployed({
      services:
        service('once', 'echo done', '    deploy: {restart_policy: {condition: on-failure}}\n') +
        service('never', 'sleep 600', '    deploy: {replicas: 0}\n'),
    });
    const states = await converged();
    expect(states.map(({ service: name, running }) => `${name} ${running}`)).toEqual([
      'app 1',
      'never 0',
      'once 0',
    ]);
  });

  it('does not wait for a one-shot service that failed for good', async () => {
    const { converged } = await deployed({
      services: service('once', 'exit 4', '    deploy: {restart_policy: {condition: none}}\n'),
    });
    await expect(converged()).rejects.toMatchObject({
      code: 'E_CRASH_LOOP',
      message: expect.stringMatching(/once: 1 times exit code 4.*not started again/),
    });
  });

  it('names the service that blocks and what is known of it when the time is up [R-60]', async () => {
    const check = '    healthcheck: {test: ["CMD", "false"], interval: 1s, start_period: 300s}\n';
    const { app, converged } = await deployed({
      services: service('slow', 'echo thinking; exec sleep 600', check),
    });
    // On a busy host it takes longer than the bound below until there is anything to be known.
    const state = async () =>
      (await world.platform.taskHistory(app)).find((task) => task.service === 'slow')?.state;
    await expect.poll(state, { timeout: 60_000 }).toBe('starting');
    await expect(converged(6000)).rejects.toMatchObject({
      code: 'E_CONVERGE_TIMEOUT',
      message: expect.stringMatching(/slow: starting, 0\/1[\s\S]*\| thinking/),
    });
  });

  it('stops waiting when it is aborted', async () => {
    const recipe = await world.recipe([{ files: tinyRecipe(), tags: ['1.0.0+1.28.0'] }]);
    const { environment, app } = world.environment(recipe.path);
    const controller = new AbortController();
    const operation = await world.operation(environment, controller.signal);
    const waiting = world.platform.converged(operation, app, { timeoutMs: 60_000 });
    const reason = new Error('cancelled');
    setTimeout(() => controller.abort(reason), 200);
    const started = Date.now();
    await expect(waiting).rejects.toBe(reason);
    expect(Date.now() - started).toBeLessThan(1500);
  });
});

describe('running a command in a service', () => {
  it('gives it input and environment, and returns its exit code and both streams', async () => {
    const { app, operation, converged } = await deployed({});
    await converged();
    const script = 'cat; echo "$GREETING $DOCKER_HOST" >&2; exit 5';
    const result = await world.platform.exec(operation, app, 'app', ['sh', '-c', script], {
      timeoutMs: 10_000,
      input: 'from outside\n',
      env: { GREETING: 'hello', DOCKER_HOST: 'its own' },
    });
    expect(result).toEqual({ exitCode: 5, stdout: 'from outside\n', stderr: 'hello its own\n' });
  });

  it('ends it inside the container as well when its time is up [F-63]', async () => {
    const { app, operation, converged } = await deployed({});
    await converged();
    const exec = (...argv: [string, ...string[]]) =>
      world.platform.exec(operation, app, 'app', argv, { timeoutMs: 1000 });
    await expect(exec('sleep', '54321')).rejects.toMatchObject({ code: 'E_COMMAND_TIMEOUT' });
    const { stdout } = await exec('sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    expect(stdout).not.toContain('sleep 54321');
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helperContainers } from '../../activities/support/helper-container.ts';
import { openOperation } from '../../activities/support/open-operation.ts';
import type { Operation } from '../../activities/support/operation.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import type { App } from '../../domain/plan.ts';
import { docker, eventually, required } from '../e2e/stack.ts';

const CONNECT = 'exec 3<>"/dev/tcp/127.0.0.1/$0"';
const id = randomUUID();
const stack = `help-${id.slice(0, 6)}_ci_test`;
const app: App = { role: 'app', recipe: 'help', source: '/', domain: stack.replaceAll('_', '.'), stack };
const runBeside = helperContainers({
  CCI_DOCKER_BIN: required('CCI_DOCKER_BIN'),
  CCI_DOCKER_HOST: required('CCI_DOCKER_HOST'),
});
let folder: string;
let operation: Operation;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-helper-'));
  operation = await openOperation({
    environment: { id, runId: `run-${id}`, instance: required('CCI_INSTANCE'), host: 'test', apps: [app] },
    token: Date.now(),
    signal: new AbortController().signal,
    paths: hostPaths(folder),
    stage: 'install',
  });
  const labels = ['--label', `com.docker.stack.namespace=${stack}`];
  await docker(
    'service',
    'create',
    '--detach',
    '--quiet',
    '--name',
    `${stack}_app`,
    ...labels,
    'nginx:1.29.0',
  );
  await eventually('the container of the service runs', 60, async () => {
    const filter = `label=com.docker.swarm.service.name=${stack}_app`;
    return (await docker('ps', '--quiet', '--filter', filter)) || undefined;
  });
});

afterAll(async () => {
  await docker('service', 'rm', `${stack}_app`);
  await rm(folder, { recursive: true, force: true });
});

function connect(port: number, service = 'app') {
  return runBeside(operation, app, service, ['bash', '-c', CONNECT, String(port)], { timeoutMs: 30_000 });
}

describe('a helper container', () => {
  it('probes a service from its own network and leaves nothing behind [H-09]', async () => {
    expect((await connect(80)).exitCode).toBe(0);
    const closed = await connect(81);
    expect(closed.exitCode).toBe(1);
    expect(closed.stderr).toContain('Connection refused');
    expect(await docker('ps', '--all', '--quiet', '--filter', `label=cc-ci.environment=${id}`)).toBe('');
  });

  it('says when no container of the service runs [H-08]', async () => {
    await expect(connect(80, 'db')).rejects.toMatchObject({ code: 'E_DOCKER' });
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDummyPlatform, type DummyScript } from '../../../activities/platform/dummy/dummy-platform.ts';
import { openOperation } from '../../../activities/support/open-operation.ts';
import { hostPaths, type HostPaths } from '../../../activities/support/paths.ts';
import { closeFence, removeEnvironment } from '../../../activities/teardown.ts';
import type { App, Environment } from '../../../domain/plan.ts';
import { testConfig } from './test-config.ts';

const app = (role: string): App => ({
  role,
  recipe: 'sample',
  source: '/srv/sample',
  domain: `samp-${role}.ci.test`,
  stack: `samp-${role}_ci_test`,
});

let data: string;
let paths: HostPaths;
let environment: Environment;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-teardown-'));
  paths = hostPaths(data);
  const apps = [app('dependency'), app('app')];
  environment = { id: crypto.randomUUID(), runId: 'run-sample', instance: '0a1b2c3d', host: 'test', apps };
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** An environment with two deployed apps on a scripted platform. */
async function deployed(script: DummyScript) {
  const platform = createDummyPlatform(script);
  const version = { commit: '3f2a9c1d'.repeat(5), chaos: true };
  const signal = new AbortController().signal;
  const operation = await openOperation({ environment, token: 1, signal, paths, stage: 'install' });
  for (const one of environment.apps) {
    await platform.createApp(operation, one, version, { env: {}, grants: {} });
    await platform.deploy(operation, one, version, { env: {}, grants: {} });
  }
  return { config: testConfig(data), paths, platform };
}

const inActivity = <T>(body: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() }).run(body);

describe('a removal pass', () => {
  it('removes everything of every app and reports what it removed [R-46] [R-47]', async () => {
    const deps = await deployed({});
    const pass = await inActivity(() => removeEnvironment(deps, environment));
    expect(pass.left).toEqual([]);
    expect(pass.removed.filter(({ kind }) => kind === 'service')).toHaveLength(2);
    expect(await deps.platform.inventory({ environment })).toEqual([]);
  });

  it('tries everything else when one removal fails, and says what is left [R-48, H-17]', async () => {
    const deps = await deployed({ steps: { undeploy: [{ fail: 'E_DOCKER', times: 1 }] } });
    const pass = await inActivity(() => removeEnvironment(deps, environment));
    // Apps go in reverse: the first to be undeployed is the app, and it is the one that fails.
    expect(pass.left.map(({ name }) => name)).toEqual(expect.arrayContaining(['samp-app_ci_test_app']));
    expect(pass.left.some(({ name }) => name.startsWith('samp-dependency'))).toBe(false);
    expect(pass.left.some(({ kind }) => kind === 'volume')).toBe(false);
  });

  it('suppresses no error: each stands in the log, and the look afterwards decides [R-49 F-25]', async () => {
    const deps = await deployed({ steps: { undeploy: [{ fail: 'E_DOCKER' }, { fail: 'E_DOCKER' }] } });
    const pass = await inActivity(() => removeEnvironment(deps, environment));
    const log = await readFile(paths.stageLog(environment.runId, 'teardown'), 'utf8');
    expect(log.match(/undeploy samp-(app|dependency)\.ci\.test: .*as scripted/g)).toHaveLength(2);
    expect(pass.left.filter(({ kind }) => kind === 'service')).toHaveLength(2);
  });

  it('leaves nothing for an attempt of the run that comes later', async () => {
    const deps = await deployed({});
    await inActivity(() => closeFence(deps, environment));
    const signal = new AbortController().signal;
    const late = openOperation({ environment, token: Date.now() + 60_000, signal, paths, stage: 'install' });
    await expect(late).rejects.toThrow(/closed/);
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { collectEvidence } from '../../../activities/evidence.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { openOperation } from '../../../activities/support/open-operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import type { Environment } from '../../../domain/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testConfig } from './test-config.ts';

const app = { role: 'app', recipe: 'sample', source: '/srv/sample', domain: 's.ci.test', stack: 's_ci_test' };
const version = { commit: '3f2a9c1d'.repeat(5), chaos: true };

const inActivity = <T>(body: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() }).run(body);

it('keeps the logs and the task history of both environments of a run, each in a folder of its own', async () => {
  const data = temporaryFolder();
  const paths = hostPaths(data);
  const environments = ['11111111', '22222222'].map((start): Environment => ({
    id: `${start}-0000-4000-8000-000000000000`,
    runId: 'run-sample',
    instance: '0a1b2c3d',
    host: 'test',
    apps: [app],
  }));
  for (const environment of environments) {
    const platform = createDummyPlatform({ paths });
    const signal = new AbortController().signal;
    const operation = await openOperation({ environment, token: 1, signal, paths, stage: 'install' });
    await platform.createApp(operation, app, version, { env: {}, grants: {} });
    await platform.deploy(operation, app, version, { env: {}, grants: {} });
    const deps = { config: testConfig(data), paths, platform };
    const evidence = await inActivity(() => collectEvidence(deps, { environment, by: 'run' }));
    // Of this environment alone: the one before has a ledger of its own.
    expect(evidence.deployCount).toBe(1);
    expect(evidence.serviceLogs.length).toBeGreaterThan(0);
  }
  const services = join(paths.run('run-sample'), 'logs/services');
  expect((await readdir(services)).sort()).toEqual(['11111111', '22222222']);
  for (const folder of ['11111111', '22222222']) {
    const files = await readdir(join(services, folder));
    expect(files).toContain('app.tasks.json');
    expect(files.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(0);
    const record: unknown = JSON.parse(await readFile(join(services, folder, 'app.tasks.json'), 'utf8'));
    expect(record).toMatchObject({ services: [expect.anything()], tasks: [] });
  }
});

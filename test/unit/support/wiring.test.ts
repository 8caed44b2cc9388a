import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openOperation } from '../../../activities/support/open-operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { keepWiring, readWiring, type AppWiring } from '../../../activities/support/wiring.ts';
import type { Environment } from '../../../domain/plan.ts';

const app = { role: 'app', recipe: 'sample', source: '', domain: 's.ci.test', stack: 's_ci_test' };
const ENVIRONMENT: Environment = {
  id: '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293',
  runId: 'run-sample',
  instance: '0a1b2c3d',
  host: 'test',
  apps: [app],
};
const WIRING: AppWiring = {
  env: { OIDC: 'yes' },
  secrets: { oidc_secret: 'value-of-a-swarm-secret' },
  sso: {
    provider: 'keycloak',
    issuer: 'https://keyc-0a1b2c.ci.test/realms/ci-3f2a9c1d0b4e',
    clientId: 'sample',
    clientSecret: 'value-of-the-client',
    redirectUris: ['https://s.ci.test/callback'],
    user: {
      username: 'tester',
      password: 'value-of-the-user',
      email: 'tester@example.com',
      firstName: 'Test',
      lastName: 'User',
    },
  },
};

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-wiring-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

it('the wiring of an app comes back whole, and its document holds none of its secrets [R-64]', async () => {
  const paths = hostPaths(data);
  const signal = new AbortController().signal;
  const operation = await openOperation({
    environment: ENVIRONMENT,
    token: 1,
    signal,
    paths,
    stage: 'install',
  });
  expect(await readWiring(paths, ENVIRONMENT, app)).toBeUndefined();
  await keepWiring(paths, operation, app, WIRING);
  expect(await readWiring(paths, ENVIRONMENT, app)).toEqual(WIRING);
  const { files } = paths.environment(ENVIRONMENT.id);
  const document = await readFile(join(files, 'wiring', 'app.json'), 'utf8');
  expect(document).toContain('"clientId":"sample"');
  expect(document).not.toContain('value-of-');
});

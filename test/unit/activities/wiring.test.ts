import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOperation } from '../../../activities/support/open-operation.ts';
import { hostPaths, type HostPaths } from '../../../activities/support/paths.ts';
import { loadRedactor } from '../../../activities/support/redact.ts';
import { keepWiring, readWiring, type AppWiring } from '../../../activities/support/wiring.ts';
import type { App, Environment } from '../../../domain/plan.ts';

const APP: App = {
  role: 'app',
  recipe: 'sample',
  source: '',
  domain: 'samp-0a1b2c.ci.test',
  stack: 'samp-0a1b2c_ci_test',
};
const ENVIRONMENT: Environment = {
  id: '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293',
  runId: 'run-sample-3f2a9c1d0b4e-1a2b3c',
  instance: '0a1b2c3d',
  host: 'test',
  apps: [APP],
};
const WIRING: AppWiring = {
  env: { OIDC_ISSUER: 'https://keyc-0a1b2c.ci.test/realms/ci-3f2a9c1d0b4e' },
  secrets: { oidc_secret: 'the-secret-of-the-client', other: 'another-secret\n' },
  sso: {
    provider: 'keycloak',
    issuer: 'https://keyc-0a1b2c.ci.test/realms/ci-3f2a9c1d0b4e',
    clientId: 'sample',
    clientSecret: 'the-secret-of-the-client',
    redirectUris: ['https://samp-0a1b2c.ci.test/callback'],
    user: {
      username: 'tester',
      password: 'the-password-of-the-user',
      email: 'tester@example.com',
      firstName: 'Test',
      lastName: 'User',
    },
  },
};

let data: string;
let paths: HostPaths;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-wiring-'));
  paths = hostPaths(data);
});
afterEach(() => rm(data, { recursive: true, force: true }));

const open = () =>
  openOperation({
    environment: ENVIRONMENT,
    token: 1,
    signal: new AbortController().signal,
    paths,
    stage: 'install',
  });

describe('the wiring of an app', () => {
  it('is kept for every later attempt, and there is none before [R-52]', async () => {
    expect(await readWiring(paths, ENVIRONMENT, APP)).toBeUndefined();
    await keepWiring(paths, await open(), APP, WIRING);
    expect(await readWiring(paths, ENVIRONMENT, APP)).toEqual(WIRING);
    expect(await readWiring(paths, ENVIRONMENT, { ...APP, role: 'forge' })).toBeUndefined();
    const { sso: _sso, ...withoutSso } = WIRING;
    await keepWiring(paths, await open(), { ...APP, role: 'forge' }, withoutSso);
    expect(await readWiring(paths, ENVIRONMENT, { ...APP, role: 'forge' })).toEqual(withoutSso);
  });

  it('has its secrets in the private folder alone, where every redactor finds them [R-64]', async () => {
    await keepWiring(paths, await open(), APP, WIRING);
    const { root, private: secrets } = paths.environment(ENVIRONMENT.id);
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const values = ['the-secret-of-the-client', 'another-secret', 'the-password-of-the-user'];
    const holders = files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => values.some((value) => readFileSync(file, 'utf8').includes(value)));
    expect(holders.length).toBeGreaterThan(2);
    expect(holders.filter((file) => !file.startsWith(`${secrets}/`))).toEqual([]);
    const { redact } = await loadRedactor(secrets);
    expect(redact(values.join(' '))).toBe('[redacted] [redacted] [redacted]');
    expect(redact(WIRING.env['OIDC_ISSUER'] ?? '')).toBe(WIRING.env['OIDC_ISSUER']);
  });
});

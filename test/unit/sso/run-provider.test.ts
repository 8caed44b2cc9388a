import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProviderAccess } from '../../../activities/sso/provider.ts';
import { runProvider } from '../../../activities/sso/run-provider.ts';
import { openGuardOperation, openOperation } from '../../../activities/support/open-operation.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { realmName } from '../../../domain/sso.ts';
import { AUTHENTIK, startAuthentik, TOKEN } from '../../fixtures/authentik-double.ts';
import { makeCertificates, type TestCertificates } from '../../fixtures/https-server.ts';
import { ADMIN, KEYCLOAK, startKeycloak, type KeycloakDouble } from '../../fixtures/keycloak-double.ts';
import { APP, factsAt, REALM, WISH } from './sample-wish.ts';

const ACCESS: ProviderAccess = { provider: 'keycloak', baseUrl: `https://${KEYCLOAK}`, ...ADMIN };
const SECRETS = [ADMIN.password, WISH.clientSecret, WISH.user.password];
// Every call starts a process, which loads its modules anew.
vi.setConfig({ testTimeout: 90_000 });

let certificates: TestCertificates;
let double: KeycloakDouble;
let root: string;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cci-sso-'));
  double = await startKeycloak(certificates);
});
afterEach(async () => {
  await double[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const options = (id: string, signal?: AbortSignal) => ({
  environment: {
    id,
    runId: 'run-sample',
    instance: '0a1b2c3d',
    host: 'test',
    apps: [{ role: 'app', recipe: 'sample', source: '/', domain: APP, stack: 'site-0a1b2c_ci_test' }],
  },
  token: 1,
  signal: signal ?? new AbortController().signal,
  paths: hostPaths(root),
  stage: 'install',
});

const open = (id = randomUUID()): Promise<Operation> => openOperation(options(id));

/** Everything that lies on the disk of the host. */
async function onDisk(): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.some((file) => file.endsWith('install.log'))).toBe(true);
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

describe('a provider that an attempt uses', () => {
  it('makes, lists and removes a realm in children that speak through the ingress [R-54]', async () => {
    const provider = runProvider(await open(), ACCESS, double.ingress);
    expect(await provider.health()).toBeUndefined();
    expect(await provider.ensureRealm(WISH)).toEqual(factsAt(`https://${KEYCLOAK}`));
    expect(await provider.listRealms()).toEqual([REALM]);
    await provider.removeRealm(REALM);
    expect(await provider.listRealms()).toEqual([]);
  });

  it('leaves no secret on the disk, and none in the log or a failure [R-64]', async () => {
    const operation = await open();
    const provider = runProvider(operation, ACCESS, double.ingress);
    await provider.ensureRealm(WISH);
    operation.log(`the secrets are ${SECRETS.join(', ')}`);
    const wrong = runProvider(operation, { ...ACCESS, password: 'not-the-password' }, double.ingress);
    expect(String(await wrong.health())).toContain('may not sign in');
    operation.log('not-the-password');
    const disk = await onDisk();
    expect(disk).toContain(`keycloak: realm ${REALM} at https://${KEYCLOAK}/realms/${REALM}`);
    expect(disk).toContain('the secrets are [redacted], [redacted], [redacted]');
    for (const secret of [...SECRETS, 'not-the-password']) expect(disk).not.toContain(secret);
  });

  it('does the same with authentik behind it [R-55]', async () => {
    await using authentik = await startAuthentik(certificates);
    const access: ProviderAccess = {
      provider: 'authentik',
      baseUrl: `https://${AUTHENTIK}`,
      token: TOKEN,
    };
    const provider = runProvider(await open(), access, authentik.ingress);
    const facts = await provider.ensureRealm(WISH);
    expect(facts).toMatchObject({ provider: 'authentik', user: { username: `${REALM}-tester` } });
    await provider.removeRealm(REALM);
    expect(await provider.listRealms()).toEqual([]);
  });

  it('passes on the code of what has failed, so that only outages are tried again', async () => {
    const provider = runProvider(await open(), ACCESS, double.ingress);
    double.plan({ request: 1, kind: 'unavailable' });
    await expect(provider.ensureRealm(WISH)).rejects.toMatchObject({
      code: 'E_SSO',
      message:
        'the identity provider does not answer, or fails: POST /realms/master/protocol/openid-connect/token: status 503',
    });
    double.state.quirk = 'adds a wildcard';
    await expect(provider.ensureRealm(WISH)).rejects.toMatchObject({ code: 'E_SSO_REFUSED' });
  });

  it('verifies the certificate of the provider', async () => {
    const { ca } = await makeCertificates();
    const provider = runProvider(await open(), ACCESS, { ...double.ingress, ca });
    await expect(provider.ensureRealm(WISH)).rejects.toThrow(/certificate/);
    expect(double.seen).toEqual([]);
  });

  it.each([
    ['a wildcard', { redirectUris: [`https://${APP}/*`] }],
    ['plain http', { redirectUris: [`http://${APP}/callback`] }],
    ['a realm of somebody else', { realm: 'master' }],
  ])('refuses %s before anything is asked [H-12]', async (_what, change) => {
    const provider = runProvider(await open(), ACCESS, double.ingress);
    await expect(provider.ensureRealm({ ...WISH, ...change })).rejects.toThrow(/exact|Invalid URL|realm/);
    expect(double.seen).toEqual([]);
  });

  it('changes nothing any more once its environment is closed [R-54]', async () => {
    const id = randomUUID();
    const provider = runProvider(await open(id), ACCESS, double.ingress);
    await openGuardOperation({ ...options(id), token: 2, stage: 'teardown' });
    await expect(provider.ensureRealm(WISH)).rejects.toMatchObject({ code: 'E_FENCED' });
    expect(double.seen).toEqual([]);
  });
});

describe('the realm of an environment', () => {
  it('is named by 12 digits of its id, whatever form the id has [R-54]', () => {
    expect(realmName('0A1B2C3D-4e5f-4a2b-8c3d-4e5f60718293')).toBe(REALM);
    expect(realmName('0a1b2c3d-4e60-4a2b-8c3d-4e5f60718293')).not.toBe(REALM);
  });
});

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeycloak } from '../../../activities/sso/keycloak.ts';
import { fetchThroughIngress } from '../../../activities/support/ingress-http.ts';
import { makeCertificates, type TestCertificates } from '../../fixtures/https-server.ts';
import { ADMIN, KEYCLOAK, startKeycloak, type KeycloakDouble } from '../../fixtures/keycloak-double.ts';
import type { Fault } from '../../fixtures/provider-double.ts';
import { APP, factsAt, REALM, WISH } from './sample-wish.ts';

const ORIGIN = `https://${KEYCLOAK}`;
let certificates: TestCertificates;
let double: KeycloakDouble;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  double = await startKeycloak(certificates);
});
afterEach(() => double[Symbol.asyncDispose]());

/** As a new process would begin: without a token, and without memory. */
function keycloak(options: { password?: string; patienceMs?: number } = {}) {
  return createKeycloak((url, request) => fetchThroughIngress(double.ingress, url, request), {
    baseUrl: ORIGIN,
    ...ADMIN,
    patienceMs: 0,
    ...options,
  });
}

/** All that the realm of the run holds, without ids. */
function stored() {
  const realm = double.state.realms.get(REALM);
  if (!realm) return undefined;
  return {
    enabled: realm.enabled,
    clients: [...realm.clients.values()].map(({ fields }) => fields),
    users: [...realm.users.values()].map(({ fields, password }) => ({ ...fields, password })),
  };
}

const WANTED = {
  enabled: true,
  clients: [
    {
      clientId: 'cc-ci',
      protocol: 'openid-connect',
      enabled: true,
      publicClient: false,
      clientAuthenticatorType: 'client-secret',
      secret: WISH.clientSecret,
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: true,
      serviceAccountsEnabled: true,
      redirectUris: WISH.redirectUris,
      webOrigins: [],
    },
  ],
  users: [{ ...WISH.user, enabled: true, emailVerified: true, requiredActions: [] }],
};

async function requestsOfOneEnsure(): Promise<number> {
  double.plan(undefined);
  await keycloak().ensureRealm(WISH);
  return double.count();
}

describe('a realm on Keycloak', () => {
  it('is made with one confidential client, exact redirect URIs and one user [H-12, R-54]', async () => {
    expect(await keycloak().ensureRealm(WISH)).toEqual(factsAt(ORIGIN));
    expect(stored()).toEqual(WANTED);
  });

  it('is the same after it was wished for twice [H-12]', async () => {
    await keycloak().ensureRealm(WISH);
    await keycloak().ensureRealm(WISH);
    expect(stored()).toEqual(WANTED);
  });

  it('gets a new secret, password and other redirect URIs when it is wished for with them [H-12]', async () => {
    await keycloak().ensureRealm(WISH);
    const redirectUris = [`https://${APP}/new`];
    const clientSecret = 'another-secret-of-the-client';
    const user = { ...WISH.user, password: 'another password' };
    const facts = await keycloak().ensureRealm({ ...WISH, redirectUris, clientSecret, user });
    expect(facts).toMatchObject({ redirectUris, clientSecret, user });
    expect(stored()).toMatchObject({
      clients: [{ redirectUris, secret: clientSecret }],
      users: [{ password: 'another password' }],
    });
  });

  it('is brought back when somebody has changed it', async () => {
    await keycloak().ensureRealm(WISH);
    const realm = double.state.realms.get(REALM)!;
    realm.enabled = false;
    [...realm.clients.values()][0]!.fields['redirectUris'] = ['*'];
    Object.assign([...realm.users.values()][0]!.fields, {
      enabled: false,
      requiredActions: ['UPDATE_PASSWORD'],
    });
    await keycloak().ensureRealm(WISH);
    expect(stored()).toEqual(WANTED);
  });

  it.each<Fault['kind']>(['question lost', 'answer lost', 'unavailable'])(
    'comes about although any one request is hit: %s [H-12]',
    async (kind) => {
      const requests = await requestsOfOneEnsure();
      expect(requests).toBeGreaterThan(10);
      for (let request = 1; request <= requests; request++) {
        await keycloak().removeRealm(REALM);
        double.plan({ request, kind });
        await expect(keycloak().ensureRealm(WISH)).rejects.toMatchObject({ code: 'E_SSO' });
        expect(await keycloak().ensureRealm(WISH)).toEqual(factsAt(ORIGIN));
        expect(stored()).toEqual(WANTED);
      }
    },
    120_000,
  );

  it('is removed alone, and its removal may be repeated [R-54]', async () => {
    const other = 'ci-ffffffffffff';
    await keycloak().ensureRealm(WISH);
    await keycloak().ensureRealm({ ...WISH, realm: other });
    await keycloak().removeRealm(REALM);
    await keycloak().removeRealm(REALM);
    expect([...double.state.realms.keys()]).toEqual(['master', other]);
  });

  it('is removed too when whoever made it was ended before its transaction was over [R-54 R-48]', async () => {
    // The removal sees none, and the transaction ends when the next request for that name waits for it.
    double.state.late = REALM;
    await keycloak().removeRealm(REALM);
    expect(double.state.late).toBeUndefined();
    expect([...double.state.realms.keys()]).toEqual(['master']);
  });

  it.each(['master', 'production', 'ci-0a1b', 'ci-0a1b2c3d4e5f/../master'])(
    'is never %s: other realms are not touched [R-54]',
    async (realm) => {
      await expect(keycloak().removeRealm(realm)).rejects.toThrow(/realm of a run/);
      expect(double.seen).toEqual([]);
    },
  );

  it('is not said to be gone when the ingress answers in the place of the provider', async () => {
    const answer = { status: 404, headers: { 'content-type': 'text/plain' }, truncated: false };
    const body = new TextEncoder().encode('404 page not found\n');
    const nowhere = createKeycloak(async (url) => ({ ...answer, url, body }), { baseUrl: ORIGIN, ...ADMIN });
    await expect(nowhere.removeRealm(REALM)).rejects.toMatchObject({ code: 'E_SSO' });
  });

  it('is listed when it belongs to a run, half-made ones too', async () => {
    double.plan({ request: 4, kind: 'answer lost' });
    await keycloak()
      .ensureRealm(WISH)
      .catch(() => undefined);
    await keycloak().ensureRealm({ ...WISH, realm: 'ci-000000000000' });
    double.state.realms.set('ci-of-somebody', double.state.realms.get('master')!);
    expect(await keycloak().listRealms()).toEqual(['ci-000000000000', REALM]);
  });
});

describe('an answer of Keycloak that is not right', () => {
  it('is refused when it keeps a redirect URI that nobody asked for [H-12]', async () => {
    double.state.quirk = 'adds a wildcard';
    await expect(keycloak().ensureRealm(WISH)).rejects.toMatchObject({
      code: 'E_SSO_REFUSED',
      message: expect.stringContaining('the client cc-ci is not what was asked for: redirectUris'),
    });
  });

  it('is refused when the user is not enabled', async () => {
    double.state.quirk = 'disables users';
    await expect(keycloak().ensureRealm(WISH)).rejects.toThrow(/the user tester is not .*: enabled/);
  });

  it('is refused when the issuer is another host [H-12]', async () => {
    double.state.origin = 'https://localhost:8080';
    await expect(keycloak().ensureRealm(WISH)).rejects.toThrow(
      `it calls itself https://localhost:8080/realms/${REALM}, expected ${ORIGIN}/realms/${REALM}`,
    );
  });
});

describe('the administrator of Keycloak', () => {
  it('is refused for good with the wrong password, which stays out of the message [R-64]', async () => {
    const refused = keycloak({ password: 'not-the-password' }).ensureRealm(WISH);
    const error = await refused.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E_SSO_REFUSED', message: expect.stringContaining('401') });
    expect(String(error)).not.toContain('not-the-password');
    expect(double.state.realms.size).toBe(1);
  });

  it('may sign in a little later than the provider answers', async () => {
    double.state.refusals = 2;
    expect(await keycloak({ patienceMs: 5000 }).ensureRealm(WISH)).toEqual(factsAt(ORIGIN));
  });

  it('signs in again when a token has run out', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const provider = keycloak();
      const signIns = () => double.seen.filter((line) => line.includes('/master/protocol/')).length;
      await provider.listRealms();
      vi.advanceTimersByTime(45_000);
      await provider.listRealms();
      expect(signIns()).toBe(1);
      vi.advanceTimersByTime(10_000);
      await provider.listRealms();
      expect(signIns()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('signs in again when a token is refused before its time', async () => {
    const provider = keycloak();
    await provider.listRealms();
    double.state.tokens.clear();
    expect(await provider.listRealms()).toEqual([]);
  });
});

describe('the health of Keycloak', () => {
  it('is good when it knows its name and its administrator [R-54]', async () => {
    expect(await keycloak().health()).toBeUndefined();
  });

  it('says what is wrong: unavailable, another name, or another administrator [R-54]', async () => {
    double.plan({ request: 1, kind: 'unavailable' });
    expect(await keycloak().health()).toContain('status 503');
    expect(await keycloak({ password: 'wrong' }).health()).toContain('may not sign in');
    double.state.origin = 'http://other.ci.test';
    expect(await keycloak().health()).toContain('it calls itself http://other.ci.test/realms/master');
  });
});

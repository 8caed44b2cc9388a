import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthentik } from '../../../activities/sso/authentik.ts';
import { fetchThroughIngress } from '../../../activities/support/ingress-http.ts';
import { AUTHENTIK, startAuthentik, TOKEN, type AuthentikDouble } from '../../fixtures/authentik-double.ts';
import { makeCertificates, type TestCertificates } from '../../fixtures/https-server.ts';
import type { Fault } from '../../fixtures/provider-double.ts';
import { APP, REALM, WISH } from './sample-wish.ts';

let certificates: TestCertificates;
let double: AuthentikDouble;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  double = await startAuthentik(certificates);
});
afterEach(() => double[Symbol.asyncDispose]());

function authentik(options: { token?: string; patienceMs?: number } = {}) {
  return createAuthentik((url, request) => fetchThroughIngress(double.ingress, url, request), {
    baseUrl: `https://${AUTHENTIK}`,
    token: TOKEN,
    patienceMs: 0,
    ...options,
  });
}

const of = (kind: string) => [...(double.state.objects[`/api/v3/${kind}/`]?.values() ?? [])];
const stored = () => ({
  users: of('core/users').map((user) => ({
    ...user,
    password: double.state.passwords.get(String(user['pk'])),
  })),
  providers: of('providers/oauth2'),
  applications: of('core/applications'),
});

const PERSON = { username: `${REALM}-tester`, password: WISH.user.password };
const FACTS = {
  provider: 'authentik',
  issuer: `https://${AUTHENTIK}/application/o/${REALM}`,
  clientId: `${REALM}-cc-ci`,
  clientSecret: WISH.clientSecret,
  redirectUris: WISH.redirectUris,
  user: { ...WISH.user, ...PERSON },
};

function expectWanted() {
  const { users, providers, applications } = stored();
  expect(users).toMatchObject([{ ...PERSON, email: 'tester@ci.test', name: 'Test Person', is_active: true }]);
  expect(providers).toMatchObject([
    {
      name: REALM,
      client_type: 'confidential',
      client_id: FACTS.clientId,
      client_secret: FACTS.clientSecret,
      redirect_uris: WISH.redirectUris.map((url) => ({ matching_mode: 'strict', url })),
      authorization_flow: 'flow-authorization',
      invalidation_flow: 'flow-invalidation',
      signing_key: 'key',
      property_mappings: ['scope-openid', 'scope-profile', 'scope-email'],
    },
  ]);
  expect(applications).toMatchObject([{ slug: REALM, name: REALM, provider: providers[0]?.['pk'] }]);
}

describe('a realm on authentik', () => {
  it('is an application, a provider with strict redirect URIs and a user, by its documented API [R-55]', async () => {
    expect(await authentik().ensureRealm(WISH)).toEqual(FACTS);
    expectWanted();
  });

  it('is brought to the wanted state when it is wished for again', async () => {
    await authentik().ensureRealm({ ...WISH, redirectUris: [`https://${APP}/old`] });
    Object.assign(of('core/users')[0] ?? {}, { is_active: false });
    await authentik().ensureRealm(WISH);
    expectWanted();
  });

  it.each<Fault['kind']>(['question lost', 'answer lost', 'unavailable'])(
    'comes about although any one request is hit: %s [R-55]',
    async (kind) => {
      double.plan(undefined);
      await authentik().ensureRealm(WISH);
      const requests = double.count();
      expect(requests).toBeGreaterThan(12);
      for (let request = 1; request <= requests; request++) {
        await authentik().removeRealm(REALM);
        double.plan({ request, kind });
        await expect(authentik().ensureRealm(WISH)).rejects.toMatchObject({ code: 'E_SSO' });
        expect(await authentik().ensureRealm(WISH)).toEqual(FACTS);
        expectWanted();
      }
    },
    120_000,
  );

  it('does not get into the way of another one with the same wish [R-55]', async () => {
    const other = 'ci-ffffffffffff';
    await authentik().ensureRealm(WISH);
    await authentik().ensureRealm({ ...WISH, realm: other });
    expect(await authentik().listRealms()).toEqual([REALM, other]);
    await authentik().removeRealm(other);
    await authentik().removeRealm(other);
    expectWanted();
  });

  it('takes with it the users that authentik has made for its client', async () => {
    await authentik().ensureRealm(WISH);
    const username = `ak-${REALM}-client_credentials`;
    double.state.objects['/api/v3/core/users/']?.set('99', {
      pk: 99,
      username,
      name: '',
      email: '',
      is_active: true,
    });
    await authentik().removeRealm(REALM);
    expect(stored()).toEqual({ users: [], providers: [], applications: [] });
  });

  it('is listed on whatever page it stands, half-made ones too', async () => {
    const realms = ['ci-000000000001', 'ci-000000000002', 'ci-000000000003', 'ci-000000000004'];
    for (const realm of realms.slice(1)) await authentik().ensureRealm({ ...WISH, realm });
    double.plan({ request: 3, kind: 'answer lost' });
    await expect(authentik().ensureRealm({ ...WISH, realm: realms[0]! })).rejects.toThrow();
    expect(of('core/applications')).toHaveLength(3);
    expect(await authentik().listRealms()).toEqual(realms);
  });

  it('is refused when redirect URIs would be read as patterns', async () => {
    double.state.quirk = 'keeps redirects as patterns';
    await expect(authentik().ensureRealm(WISH)).rejects.toMatchObject({
      code: 'E_SSO_REFUSED',
      message: expect.stringContaining(`the provider ${REALM} is not what was asked for: matching_mode`),
    });
  });
});

describe('the administrator of authentik', () => {
  it('is refused with another token, which stays out of the message [R-64]', async () => {
    const error = await authentik({ token: 'some-other-token' })
      .ensureRealm(WISH)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E_SSO_REFUSED', message: expect.stringContaining('403') });
    expect(String(error)).not.toContain('some-other-token');
  });

  it('may be made a little later than the server answers', async () => {
    double.state.refusals = 1;
    expect(await authentik({ patienceMs: 5000 }).ensureRealm(WISH)).toEqual(FACTS);
  });

  it('decides on its health, with the server', async () => {
    expect(await authentik().health()).toBeUndefined();
    double.state.superuser = false;
    expect(await authentik().health()).toContain('is_superuser');
    double.plan({ request: 1, kind: 'unavailable' });
    expect(await authentik().health()).toContain('status 503');
  });
});

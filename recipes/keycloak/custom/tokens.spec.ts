import { decodeJwt } from 'jose';
import type { SsoFacts } from '../../../domain/sso.ts';
import { expect, test, type FixtureHttp } from '../../fixtures.ts';
import { clientCredentials, discover, passwordGrant, verifyToken } from '../../oidc.ts';
import { BRIEF_CLIENT, BRIEF_SECONDS, CLIENT, USERNAME } from '../marker-realm.ts';
import { expectSignIn, realmFacts } from '../sign-in.ts';

async function userinfo(http: FixtureHttp, { issuer }: SsoFacts, token: string) {
  const { userinfo_endpoint = '' } = await discover(http, issuer);
  return http.get(userinfo_endpoint, { authorization: `Bearer ${token}` });
}

async function introspect(http: FixtureHttp, realm: SsoFacts, token: string): Promise<unknown> {
  const { introspection_endpoint = '' } = await discover(http, realm.issuer);
  const form = { token, client_id: realm.clientId, client_secret: realm.clientSecret };
  const answer = await http.request(introspection_endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('gives a token for a password, signed by a published key, with the claims of the account', async ({
  app,
  http,
  marker,
}) => {
  const claims = await expectSignIn(http, marker, app.domain);
  expect(claims).toMatchObject({ azp: CLIENT, email: `${USERNAME}@example.com` });

  const realm = realmFacts(marker, app.domain);
  const { accessToken, idToken = '' } = await passwordGrant(http, realm);
  const identity = await verifyToken(http, realm, idToken, { use: 'id' });
  expect(identity).toMatchObject({ aud: CLIENT, sub: claims.sub });
  const answer = await userinfo(http, realm, accessToken);
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ sub: claims.sub, family_name: marker.value });
  expect(await introspect(http, realm, accessToken)).toMatchObject({ active: true, username: USERNAME });
});

test('gives a client a token of its own', async ({ app, http, marker }) => {
  const realm = realmFacts(marker, app.domain);
  const { accessToken } = await clientCredentials(http, realm);
  const claims = await verifyToken(http, realm, accessToken, { use: 'access' });
  expect(claims).toMatchObject({ azp: CLIENT, preferred_username: `service-account-${CLIENT}` });
});

test('refuses a wrong password and an unknown account', async ({ app, http, marker }) => {
  const realm = realmFacts(marker, app.domain);
  const { user } = realm;
  const wrong = passwordGrant(http, realm, { password: `${user.password}x` });
  // With status 401 up to 26.4, with 400 as in RFC 6749 (5.2) later.
  await expect(wrong).rejects.toThrow(' invalid_grant ');
  const stranger = { ...realm, user: { ...user, username: `${USERNAME}-other` } };
  await expect(passwordGrant(http, stranger)).rejects.toThrow(' invalid_grant ');
  // The same with everything right, so that it was not refused for another reason.
  await passwordGrant(http, realm);
});

test('refuses a client with a wrong secret', async ({ app, http, marker }) => {
  const realm = realmFacts(marker, app.domain);
  const wrong = clientCredentials(http, realm, { clientSecret: `${realm.clientSecret}x` });
  await expect(wrong).rejects.toThrow('401 unauthorized_client');
  await clientCredentials(http, realm);
});

test('refuses a token that has expired, and nothing but that', async ({ app, http, marker }) => {
  const brief = realmFacts(marker, app.domain, BRIEF_CLIENT);
  const { accessToken } = await passwordGrant(http, brief);
  const { azp, exp = 0, iat = 0 } = decodeJwt(accessToken);
  expect([azp, exp - iat]).toEqual([BRIEF_CLIENT, BRIEF_SECONDS]);
  // Its clock need not be that of the specs.
  await expect
    .poll(async () => (await userinfo(http, brief, accessToken)).status, {
      timeout: 20_000,
      intervals: [500],
    })
    .toBe(401);
  expect(await introspect(http, brief, accessToken)).toEqual({ active: false });
  const realm = realmFacts(marker, app.domain);
  const current = await passwordGrant(http, realm);
  expect((await userinfo(http, realm, current.accessToken)).status).toBe(200);
  expect(await introspect(http, realm, current.accessToken)).toMatchObject({ active: true });
});

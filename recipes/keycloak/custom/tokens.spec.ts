import { z } from 'zod';
import { expect, test, type FixtureHttp, type SpecMarker } from '../../fixtures.ts';
import { BRIEF_CLIENT, BRIEF_SECONDS, CLIENT, realmSecrets, USERNAME } from '../marker-realm.ts';
import { discover, endpoint, expectSignIn, issuerAt, postForm, readToken, signIn } from '../sign-in.ts';

const grantedSchema = z.object({ access_token: z.string() });

function userinfo(http: FixtureHttp, token: string) {
  return http.get(endpoint('userinfo'), { authorization: `Bearer ${token}` });
}

async function introspect(http: FixtureHttp, marker: SpecMarker, token: string): Promise<unknown> {
  const client = { id: CLIENT, secret: realmSecrets(marker.value).clientSecret };
  const answer = await postForm(http, 'token/introspect', client, { token });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('names itself and its keys in the discovery document of a realm', async ({ app, http }) => {
  const document = await discover(http, issuerAt(app.domain));
  expect(document).toMatchObject({
    jwks_uri: new URL(endpoint('certs'), app.url).href,
    token_endpoint: new URL(endpoint('token'), app.url).href,
    userinfo_endpoint: new URL(endpoint('userinfo'), app.url).href,
  });
});

test('gives a token for a password, signed by a published key, with the claims of the account', async ({
  app,
  http,
  marker,
}) => {
  const claims = await expectSignIn(http, marker, app.domain);
  expect(claims).toMatchObject({ azp: CLIENT, typ: 'Bearer', email: `${USERNAME}@example.com` });

  const { access_token: token, id_token: idToken = '' } = await signIn(http, marker);
  const identity = await readToken(http, app.domain, idToken);
  expect(identity).toMatchObject({ azp: CLIENT, aud: CLIENT, typ: 'ID', sub: claims.sub });
  const answer = await userinfo(http, token);
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ sub: claims.sub, family_name: marker.value });
  expect(await introspect(http, marker, token)).toMatchObject({ active: true, username: USERNAME });
});

test('gives a client a token of its own', async ({ app, http, marker }) => {
  const client = { id: CLIENT, secret: realmSecrets(marker.value).clientSecret };
  const answer = await postForm(http, 'token', client, { grant_type: 'client_credentials' });
  expect(answer.status, answer.text()).toBe(200);
  const { access_token: token } = grantedSchema.parse(answer.json());
  const claims = await readToken(http, app.domain, token);
  expect(claims).toMatchObject({
    azp: CLIENT,
    typ: 'Bearer',
    preferred_username: `service-account-${CLIENT}`,
  });
});

test('refuses a wrong password and an unknown account', async ({ http, marker }) => {
  const { password, clientSecret } = realmSecrets(marker.value);
  const client = { id: CLIENT, secret: clientSecret };
  const form = { grant_type: 'password', username: USERNAME, password };
  for (const wrong of [{ password: `${password}x` }, { username: `${USERNAME}-other` }]) {
    const answer = await postForm(http, 'token', client, { ...form, ...wrong });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  }
  // The same with everything right, so that it was not refused for another reason.
  expect((await postForm(http, 'token', client, form)).status).toBe(200);
});

test('refuses a client with a wrong secret', async ({ http, marker }) => {
  const { clientSecret } = realmSecrets(marker.value);
  const form = { grant_type: 'client_credentials' };
  const wrong = await postForm(http, 'token', { id: CLIENT, secret: `${clientSecret}x` }, form);
  expect(wrong.status).toBe(401);
  expect(wrong.json()).toMatchObject({ error: 'unauthorized_client' });
  const right = await postForm(http, 'token', { id: CLIENT, secret: clientSecret }, form);
  expect(right.status).toBe(200);
});

test('refuses a token that has expired, and nothing but that', async ({ app, http, marker }) => {
  const { access_token: brief } = await signIn(http, marker, BRIEF_CLIENT);
  // A good one but for its end, which may have come already.
  const { azp, exp, iat } = await readToken(http, app.domain, brief, 0);
  expect([azp, exp - iat]).toEqual([BRIEF_CLIENT, BRIEF_SECONDS]);
  // Its clock need not be that of the specs.
  await expect
    .poll(async () => (await userinfo(http, brief)).status, { timeout: 20_000, intervals: [500] })
    .toBe(401);
  expect(await introspect(http, marker, brief)).toEqual({ active: false });
  const { access_token: current } = await signIn(http, marker);
  expect((await userinfo(http, current)).status).toBe(200);
  expect(await introspect(http, marker, current)).toMatchObject({ active: true });
});

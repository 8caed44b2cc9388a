import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKeycloak } from '../../../activities/sso/keycloak.ts';
import { fetchThroughIngress } from '../../../activities/support/ingress-http.ts';
import type { SsoFacts } from '../../../domain/sso.ts';
import { formAction } from '../../../recipes/html-form.ts';
import {
  authorizationCode,
  clientCredentials,
  discover,
  loginOverHttp,
  passwordGrant,
  verifyToken,
} from '../../../recipes/oidc.ts';
import { createSpecHttp, type SpecHttp } from '../../../recipes/spec-http.ts';
import { makeCertificates } from '../../fixtures/https-server.ts';
import {
  ADMIN,
  KEYCLOAK,
  startKeycloak,
  type KeycloakDouble,
  type KeycloakState,
} from '../../fixtures/keycloak-double.ts';
import type { DoubleReply, DoubleRequest } from '../../fixtures/provider-double.ts';
import { APP, REALM, WISH } from '../sso/sample-wish.ts';

const ORIGIN = `https://${KEYCLOAK}`;
let double: KeycloakDouble;
let http: SpecHttp;
let sso: SsoFacts;

/** An app that signs its users in through the realm, as apps do. */
function app({ path, query, cookies }: DoubleRequest, state: KeycloakState): DoubleReply {
  const realm = state.realms.get(REALM);
  const to = (location: string, cookie?: string): DoubleReply => ({
    status: 302,
    headers: { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) },
  });
  const signIn = (redirect_uri: string) => {
    const asked = { client_id: 'cc-ci', redirect_uri, response_type: 'code', state: 's1', scope: 'openid' };
    const auth = `${ORIGIN}/realms/${REALM}/protocol/openid-connect/auth`;
    return to(`${auth}?${new URLSearchParams(asked).toString()}`, 'began=s1; Path=/');
  };
  if (path === '/login') return signIn(`https://${APP}/callback`);
  if (path === '/login/elsewhere') return signIn(`https://${APP}/not/registered`);
  if (path === '/login/away') return to('https://other.ci.test/');
  if (path === '/callback') {
    const grant = realm?.codes.get(query.get('code') ?? '');
    const expected = query.get('state') === 's1' && cookies.get('began') === 's1';
    return grant && expected ? to('/home', `user=${grant.username}; Path=/`) : { status: 401 };
  }
  return { status: 200, html: `signed in: ${cookies.get('user') ?? 'nobody'}` };
}

beforeAll(async () => {
  double = await startKeycloak(await makeCertificates(), app);
  const keycloak = createKeycloak((url, request) => fetchThroughIngress(double.ingress, url, request), {
    baseUrl: ORIGIN,
    ...ADMIN,
  });
  sso = await keycloak.ensureRealm(WISH);
  const { ca, ...ingress } = double.ingress;
  http = createSpecHttp({ ingress, baseUrl: `https://${APP}/`, ca: ca ?? '' });
});
afterEach(() => void (double.state.origin = ORIGIN));
afterAll(() => double[Symbol.asyncDispose]());

describe('discover', () => {
  it('reads the document of the realm of the run [H-12]', async () => {
    expect(await discover(http, sso.issuer)).toMatchObject({
      issuer: `${ORIGIN}/realms/${REALM}`,
      token_endpoint: `${ORIGIN}/realms/${REALM}/protocol/openid-connect/token`,
    });
  });

  it('fails when the document is of another issuer, or missing [H-12]', async () => {
    await expect(discover(http, `${ORIGIN}/realms/missing`)).rejects.toThrow('answered 404');
    double.state.origin = 'https://internal:8080';
    await expect(discover(http, sso.issuer)).rejects.toThrow(
      `names the issuer https://internal:8080/realms/${REALM}, expected ${sso.issuer}`,
    );
  });
});

describe('a grant', () => {
  it('by password gives tokens that verify, of this client and user [H-12, H-13]', async () => {
    const { accessToken, idToken = '', expiresIn } = await passwordGrant(http, sso);
    expect(expiresIn).toBe(300);
    expect(await verifyToken(http, sso, accessToken, { use: 'access' })).toMatchObject({
      iss: sso.issuer,
      azp: 'cc-ci',
      typ: 'Bearer',
      preferred_username: 'tester',
    });
    expect(await verifyToken(http, sso, idToken, { use: 'id' })).toMatchObject({ aud: 'cc-ci', typ: 'ID' });
  });

  it('is refused with a wrong password or a wrong secret [H-12]', async () => {
    await expect(passwordGrant(http, sso, { password: 'wrong' })).rejects.toThrow(
      'refused password: 401 invalid_grant Invalid user credentials',
    );
    await expect(clientCredentials(http, sso, { clientSecret: 'wrong' })).rejects.toThrow(
      'refused client_credentials: 401 unauthorized_client',
    );
  });

  it('by the credentials of the client is for the client itself', async () => {
    const { accessToken, idToken } = await clientCredentials(http, sso, { scope: 'profile' });
    expect(idToken).toBeUndefined();
    const claims = await verifyToken(http, sso, accessToken, { use: 'access' });
    expect(claims['preferred_username']).toBe('service-account-cc-ci');
  });

  it('by an authorization code goes through the login form to an ID token with the nonce [H-12]', async () => {
    const { idToken = '', nonce } = await authorizationCode(http, sso);
    expect(await verifyToken(http, sso, idToken, { use: 'id', nonce })).toMatchObject({ nonce });
    const other = verifyToken(http, sso, idToken, { use: 'id', nonce: 'another' });
    await expect(other).rejects.toThrow('nonce is not that of the sign-in');
  });

  it('by an authorization code is refused for an address that is not registered [H-12]', async () => {
    const redirectUri = `https://${APP}/callback/more`;
    await expect(authorizationCode(http, sso, { redirectUri })).rejects.toThrow(
      `${sso.issuer}/protocol/openid-connect/auth shows no form: status 400`,
    );
  });
});

describe('loginOverHttp', () => {
  it('ends signed in at the app as the user of the run, with a session of its own [H-12, H-22]', async () => {
    const { session, landing } = await loginOverHttp(http, sso, '/login');
    expect(landing.text()).toBe('signed in: tester');
    expect((await session.get('/home')).text()).toBe('signed in: tester');
    expect((await http.get('/home')).text()).toBe('signed in: nobody');
  });

  it('fails with a wrong password: the provider shows its form again [H-12]', async () => {
    await expect(loginOverHttp(http, sso, '/login', { password: 'wrong' })).rejects.toThrow(
      'the provider refused the password of tester: it shows its form again',
    );
  });

  it('fails when the app asks for an address that the realm does not accept [H-12]', async () => {
    await expect(loginOverHttp(http, sso, '/login/elsewhere')).rejects.toThrow('shows no form: status 400');
  });

  it('gives the password to nobody but the provider of the run', async () => {
    const before = double.seen.filter((line) => line.startsWith('POST')).length;
    await expect(loginOverHttp(http, sso, '/login/away')).rejects.toThrow(
      `/login/away leads to https://other.ci.test/, expected ${KEYCLOAK}`,
    );
    expect(double.seen.filter((line) => line.startsWith('POST'))).toHaveLength(before);
  });

  it('says that it does not know the sign-in of authentik [R-55]', async () => {
    const login = loginOverHttp(http, { ...sso, provider: 'authentik' }, '/login');
    await expect(login).rejects.toThrow('the sign-in of authentik has no form in HTML');
  });
});

describe('the action of a form', () => {
  it.each([
    ['<form id="a" action="/x?b=1&amp;c=2&#x3D;&#39;">', "/x?b=1&c=2='"],
    ["<FORM class=z ID='a'\n action='/y'>", '/y'],
    ['<form onsubmit="if (1 > 0) x" action=/z id=a>', '/z'],
    ['<form id="b" action="/no"><form data-x=\' id="q" \' id="a" action="/w">', '/w'],
    ['<form id="b" action="/no">', undefined],
    ['<form data-action="/no" id="a">', undefined],
  ])('of %s is %s', (html, action) => {
    expect(formAction(html, 'a')).toBe(action);
  });
});

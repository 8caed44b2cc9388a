import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SsoFacts } from '../../../domain/sso.ts';
import { verifyToken, type TokenExpectation } from '../../../recipes/oidc-token.ts';
import type { SpecAnswer, SpecHttp } from '../../../recipes/spec-http.ts';
import { signingKeys, type Keys } from '../../fixtures/keycloak-oidc-double.ts';
import { factsAt } from '../sso/sample-wish.ts';

const SSO = factsAt('https://keyc-0a1b2c.ci.test');
let keys: Keys;
let foreign: CryptoKey;

beforeAll(async () => {
  keys = await signingKeys();
  foreign = (await generateKeyPair('RS256')).privateKey;
});

/** An issuer that publishes its keys, and nothing else. */
function issuer(sso: SsoFacts): SpecHttp {
  const documents: Record<string, unknown> = {
    [`${sso.issuer}/.well-known/openid-configuration`]: {
      issuer: sso.issuer,
      authorization_endpoint: `${sso.issuer}/auth`,
      token_endpoint: `${sso.issuer}/token`,
      jwks_uri: `${sso.issuer}/certs`,
    },
    [`${sso.issuer}/certs`]: { keys: [keys.published] },
  };
  const get = async (url: string): Promise<SpecAnswer> => ({
    url,
    status: url in documents ? 200 : 404,
    headers: {},
    setCookies: [],
    body: new Uint8Array(),
    truncated: false,
    text: () => JSON.stringify(documents[url]),
    json: () => documents[url],
  });
  return { get, request: get, resolve: (url) => new URL(url) };
}

const seconds = () => Math.floor(Date.now() / 1000);
const claims = () => ({
  iss: SSO.issuer,
  sub: 'u1',
  azp: 'cc-ci',
  aud: 'account',
  typ: 'Bearer',
  iat: seconds(),
  exp: seconds() + 60,
});

function sign(changes: Record<string, unknown> = {}, key = keys.privateKey, header = {}): Promise<string> {
  return new SignJWT({ ...claims(), ...changes })
    .setProtectedHeader({ alg: 'RS256', kid: keys.published.kid ?? '', ...header })
    .sign(key);
}

const verify = async (token: string, use: TokenExpectation['use'] = 'access', sso = SSO) =>
  verifyToken(issuer(sso), sso, token, { use });

describe('verifyToken', () => {
  it('returns the claims of a token that the issuer has signed for the client [H-13]', async () => {
    expect(await verify(await sign())).toMatchObject(claims());
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another issuer', { iss: 'https://other.ci.test/realms/x' }, /"iss"/],
    ['another client', { azp: 'somebody' }, /azp is somebody, expected cc-ci/],
    ['no client and another audience', { azp: undefined }, /aud is account, expected cc-ci/],
    ['another use', { typ: 'Refresh' }, /typ is Refresh, expected Bearer/],
    ['no use', { typ: undefined }, /typ is missing, expected Bearer/],
    ['an end that is over', { iat: seconds() - 120, exp: seconds() - 60 }, /"exp"/],
    ['no end', { exp: undefined }, /"exp"/],
    ['an end before its beginning', { iat: seconds() + 2, exp: seconds() + 1 }, /exp \d+ is not after/],
    ['a beginning to come', { nbf: seconds() + 60 }, /"nbf"/],
    ['no subject', { sub: undefined }, /"sub"/],
  ])('refuses a token with %s [H-13]', async (_what, changes, message) => {
    await expect(verify(await sign(changes))).rejects.toThrow(message);
  });

  it('refuses an access token in the place of an ID token, and the other way round [H-13]', async () => {
    await expect(verify(await sign(), 'id')).rejects.toThrow('aud is account, expected cc-ci');
    const id = await sign({ typ: 'ID', aud: ['cc-ci', 'other'] });
    expect(await verify(id, 'id')).toMatchObject({ typ: 'ID' });
    await expect(verify(id)).rejects.toThrow('typ is ID, expected Bearer');
  });

  it('takes tokens of authentik, which name no use [H-13]', async () => {
    const sso: SsoFacts = { ...SSO, provider: 'authentik' };
    const token = await sign({ typ: undefined, aud: 'cc-ci' });
    expect(await verify(token, 'access', sso)).toMatchObject({ aud: 'cc-ci' });
  });
});

describe('verifyToken refuses a forged token', () => {
  it('that another key has signed, under the id of the right one or its own [H-13]', async () => {
    await expect(verify(await sign({}, foreign))).rejects.toThrow(/signature verification failed/);
    await expect(verify(await sign({}, foreign, { kid: 'k2' }))).rejects.toThrow(/no applicable key/);
  });

  it('whose claims were changed after the signature [H-13]', async () => {
    const [header, , signature] = (await sign()).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'admin' })).toString('base64url');
    await expect(verify(`${header}.${payload}.${signature}`)).rejects.toThrow(
      /signature verification failed/,
    );
  });

  it('without a signature [H-13]', async () => {
    await expect(verify(new UnsecuredJWT(claims()).encode())).rejects.toThrow(/"alg"/);
  });

  it('that is signed with the published key as a shared secret [H-13]', async () => {
    const published = await importJWK(keys.published, 'RS256', { extractable: true });
    const secret = await exportSPKI(published as CryptoKey);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${encode({ alg: 'HS256', kid: keys.published.kid })}.${encode(claims())}`;
    const forged = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    await expect(verify(forged)).rejects.toThrow(/"alg"/);
  });
});

import { z } from 'zod';
import { discoveryUrl } from '../../domain/sso.ts';
import { expect, type FixtureHttp, type SpecMarker } from '../fixtures.ts';
import type { SpecAnswer } from '../spec-http.ts';
import { CLIENT, REALM, realmSecrets, USERNAME } from './marker-realm.ts';
import { keySetSchema, verifyToken, type Claims } from './verify-token.ts';

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });
const tokensSchema = z.object({ access_token: z.string(), id_token: z.string().optional() });
export type Tokens = z.infer<typeof tokensSchema>;

/** Issuer of the realm of the run. */
export function issuerAt(domain: string): string {
  return `https://${domain}/realms/${REALM}`;
}

/** Path of an endpoint of the realm of the run. */
export function endpoint(name: 'token' | 'token/introspect' | 'userinfo' | 'certs'): string {
  return `/realms/${REALM}/protocol/openid-connect/${name}`;
}

/** The discovery document of an issuer (OpenID Connect Discovery 1.0), which must name that issuer. */
export async function discover(http: FixtureHttp, issuer: string): Promise<z.infer<typeof discoverySchema>> {
  const answer = await http.get(discoveryUrl(issuer));
  expect(answer.status).toBe(200);
  const document = discoverySchema.parse(answer.json());
  expect(document.issuer).toBe(issuer);
  return document;
}

/** The claims of a token that the realm of the run has signed with a key that it publishes now, valid at `nowMs`. */
export async function readToken(
  http: FixtureHttp,
  domain: string,
  token: string,
  nowMs = Date.now(),
): Promise<Claims> {
  const issuer = issuerAt(domain);
  const keys = await http.get((await discover(http, issuer)).jwks_uri);
  expect(keys.status).toBe(200);
  return verifyToken(token, keySetSchema.parse(keys.json()), issuer, nowMs);
}

/** Sends a form to an endpoint of the realm of the run, with the name and the secret of a client. */
export function postForm(
  http: FixtureHttp,
  to: 'token' | 'token/introspect',
  client: { readonly id: string; readonly secret: string },
  form: Readonly<Record<string, string>>,
): Promise<SpecAnswer> {
  const credentials = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
  return http.request(endpoint(to), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${credentials}`,
    },
    body: new URLSearchParams(form).toString(),
  });
}

/** Tokens for the password of the account (RFC 6749, section 4.3), or the failure of the test. */
export async function signIn(http: FixtureHttp, marker: SpecMarker, clientId = CLIENT): Promise<Tokens> {
  const { password, clientSecret } = realmSecrets(marker.value);
  const form = { grant_type: 'password', scope: 'openid', username: USERNAME, password };
  const answer = await postForm(http, 'token', { id: clientId, secret: clientSecret }, form);
  expect(answer.status, answer.text()).toBe(200);
  return tokensSchema.parse(answer.json());
}

/** The account of the run signs in with its own password and is who it was. */
export async function expectSignIn(http: FixtureHttp, marker: SpecMarker, domain: string): Promise<Claims> {
  const claims = await readToken(http, domain, (await signIn(http, marker)).access_token);
  expect(claims).toMatchObject({ preferred_username: USERNAME, family_name: marker.value });
  return claims;
}

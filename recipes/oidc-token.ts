import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { SsoFacts } from '../domain/sso.ts';
import { discover, readJson } from './oidc-discovery.ts';
import type { SpecHttp } from './spec-http.ts';

export interface TokenExpectation {
  /** `access` for what an API is shown, `id` for what tells a client who has signed in. */
  readonly use: 'access' | 'id';
  /** The value that the client sent when the sign-in began, for ID tokens of a login. */
  readonly nonce?: string;
}

/** Signatures with a published key. Those with a shared secret are left out, for the published key is no secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks of containers are those of their host; this is for rounding to seconds. */
const TOLERANCE_SECONDS = 5;
/** The claim `typ` of Keycloak's tokens by their use. */
const TYPES = { access: 'Bearer', id: 'ID' } as const;

const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });
const claimsSchema = z.object({
  iat: z.number(),
  exp: z.number(),
  azp: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).default([]),
  typ: z.string().optional(),
  nonce: z.string().optional(),
});

/**
 * Checks a token against the keys that its issuer publishes, and its claims (spec H-13): issuer, that it was issued to the
 * client of the run (`azp`, or `aud` where there is none), use, times. Returns the claims; throws the first thing that is
 * wrong.
 */
export async function verifyToken(
  http: SpecHttp,
  sso: SsoFacts,
  token: string,
  { use, nonce }: TokenExpectation,
): Promise<JWTPayload> {
  const { issuer, jwks_uri } = await discover(http, sso.issuer);
  const keys = createLocalJWKSet(readJson(keysSchema, await http.get(jwks_uri)));
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['iss', 'sub', 'exp', 'iat'],
  });
  const { iat, exp, azp, aud, typ, nonce: named } = claimsSchema.parse(payload);
  const audience = [aud].flat();
  if (exp <= iat) throw new Error(`exp ${exp} is not after iat ${iat}`);
  if (azp !== undefined && azp !== sso.clientId) throw new Error(`azp is ${azp}, expected ${sso.clientId}`);
  if ((azp === undefined || use === 'id') && !audience.includes(sso.clientId))
    throw new Error(`aud is ${audience.join(', ') || 'missing'}, expected ${sso.clientId}`);
  // authentik's tokens have no such claim.
  if (typ === undefined ? sso.provider === 'keycloak' : typ !== TYPES[use])
    throw new Error(`typ is ${typ ?? 'missing'}, expected ${TYPES[use]}`);
  if (nonce !== undefined && named !== nonce) throw new Error('nonce is not that of the sign-in');
  return payload;
}

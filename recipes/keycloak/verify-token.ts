import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';

/** What an issuer publishes at its `jwks_uri` (RFC 7517), as far as RSA is concerned. */
export const keySetSchema = z.object({
  keys: z.array(
    z.object({
      kid: z.string(),
      kty: z.string(),
      alg: z.string(),
      use: z.string(),
      n: z.string(),
      e: z.string(),
    }),
  ),
});
export type KeySet = z.infer<typeof keySetSchema>;

const headerSchema = z.object({ alg: z.string(), kid: z.string() });
const claimsSchema = z.looseObject({
  iss: z.string(),
  azp: z.string(),
  typ: z.string(),
  sub: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
});
/** What a token says; times in seconds since 1970. */
export type Claims = z.infer<typeof claimsSchema>;

/**
 * The claims of a token (RFC 7519, RS256). Throws when none of the keys has signed it, it names another issuer, or its
 * time is over at `nowMs`, in ms since 1970.
 */
export function verifyToken(token: string, keys: KeySet, issuer: string, nowMs: number): Claims {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid } = decode(headerSchema, header);
  const key = keys.keys.find((one) => one.kid === kid && one.use === 'sig' && one.alg === alg);
  if (alg !== 'RS256' || key === undefined) throw new Error(`no published key ${kid} for ${alg}`);
  const signed = Buffer.from(`${header}.${payload}`);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url')))
    throw new Error(`the signature is not that of key ${kid}`);
  const claims = decode(claimsSchema, payload);
  if (claims.iss !== issuer) throw new Error(`the issuer is ${claims.iss}, not ${issuer}`);
  if (claims.exp <= claims.iat || claims.exp * 1000 <= nowMs)
    throw new Error(`issued at ${claims.iat}, it expired at ${claims.exp}`);
  return claims;
}

function decode<T>(schema: z.ZodType<T>, part: string): T {
  return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString()));
}

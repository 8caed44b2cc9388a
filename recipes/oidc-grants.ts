import { z } from 'zod';
import type { SsoFacts } from '../domain/sso.ts';
import { discover, readJson } from './oidc-discovery.ts';
import type { SpecHttp } from './spec-http.ts';

/** What a token endpoint gives (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3). */
export interface Tokens {
  readonly accessToken: string;
  /** Only when the scope `openid` was asked for, for a user. */
  readonly idToken?: string;
  readonly refreshToken?: string;
  /** Seconds for which the access token is valid. */
  readonly expiresIn: number;
}

/** Differences from the facts of the run, for attempts that must fail. */
export interface GrantOptions {
  readonly password?: string;
  readonly clientSecret?: string;
  /** `openid` when absent. */
  readonly scope?: string;
}

const tokensSchema = z.object({
  access_token: z.string().min(1),
  id_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().positive(),
});
const refusalSchema = z.object({ error: z.string(), error_description: z.string().default('') });

/**
 * Signs the user of the run in by password, without a browser (RFC 6749, 4.3). Throws an error that contains status and
 * reason, as `401 invalid_grant`, when it is refused. authentik has no such grant for passwords of users.
 */
export function passwordGrant(http: SpecHttp, sso: SsoFacts, options: GrantOptions = {}): Promise<Tokens> {
  const { username, password } = sso.user;
  const form = { grant_type: 'password', username, password: options.password ?? password };
  return askForTokens(http, sso, form, options);
}

/** Signs the client in on its own behalf (RFC 6749, 4.4). Throws as `passwordGrant` does. */
export function clientCredentials(
  http: SpecHttp,
  sso: SsoFacts,
  options: Omit<GrantOptions, 'password'> = {},
): Promise<Tokens> {
  return askForTokens(http, sso, { grant_type: 'client_credentials' }, options);
}

/** Asks the token endpoint, as the client of the run. */
export async function askForTokens(
  http: SpecHttp,
  sso: SsoFacts,
  grant: Readonly<Record<string, string>>,
  { clientSecret = sso.clientSecret, scope = 'openid' }: GrantOptions = {},
): Promise<Tokens> {
  const { token_endpoint } = await discover(http, sso.issuer);
  const form = { ...grant, scope, client_id: sso.clientId, client_secret: clientSecret };
  const answer = await http.request(token_endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  });
  if (answer.status >= 400 && answer.status < 500) {
    const { error, error_description } = refusalSchema.parse(answer.json());
    throw new Error(
      `${token_endpoint} refused ${grant['grant_type'] ?? ''}: ${answer.status} ${error} ${error_description}`,
    );
  }
  const tokens = readJson(tokensSchema, answer);
  return {
    accessToken: tokens.access_token,
    expiresIn: tokens.expires_in,
    ...(tokens.id_token === undefined ? {} : { idToken: tokens.id_token }),
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
  };
}

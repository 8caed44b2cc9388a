import { createHash, randomUUID } from 'node:crypto';
import { redirectTarget } from '../domain/http.ts';
import type { SsoFacts } from '../domain/sso.ts';
import { createCookieSession, type CookieSession } from './cookie-session.ts';
import { formAction } from './html-form.ts';
import { isLoginAddress } from './keycloak-login.ts';
import { discover } from './oidc-discovery.ts';
import { askForTokens, type Tokens } from './oidc-grants.ts';
import type { SpecAnswer, SpecHttp } from './spec-http.ts';

export interface LoginOptions {
  /** Another password than the user's, for an attempt that must fail. */
  readonly password?: string;
}

export interface Login {
  /** Signed in at the app, and at the provider. */
  readonly session: CookieSession;
  /** Where the app has led its user in the end. */
  readonly landing: SpecAnswer;
}

/** Id of Keycloak's form, in all of its themes. */
const FORM = 'kc-form-login';

/**
 * Signs the user of the run in at an app without a browser: opens the address with which the app begins a sign-in, fills
 * in Keycloak's form, and follows the way back. Throws when the app does not lead to the provider of the run, when the
 * provider refuses (its form again: `refused the password`), and when the way back is not one of the redirect URIs.
 * @param start path at the app, or URL
 */
export async function loginOverHttp(
  http: SpecHttp,
  sso: SsoFacts,
  start: string,
  options: LoginOptions = {},
): Promise<Login> {
  const session = createCookieSession(http);
  const { back } = await passForm(session, sso, start, options);
  const landing = await session.follow(back.href);
  if (landing.status >= 400) throw new Error(`${where(landing)} answered ${landing.status} to the sign-in`);
  return { session, landing };
}

/**
 * Does the same in the place of an app: an authorization-code flow with PKCE (RFC 6749, 4.1; RFC 7636) of the run's
 * client, up to the tokens. Nothing has to answer at the redirect URI.
 */
export async function authorizationCode(
  http: SpecHttp,
  sso: SsoFacts,
  options: LoginOptions & { readonly redirectUri?: string } = {},
): Promise<Tokens & { readonly nonce: string }> {
  const { authorization_endpoint } = await discover(http, sso.issuer);
  const redirectUri = options.redirectUri ?? sso.redirectUris[0] ?? '';
  const [state, nonce, verifier] = [randomUUID(), randomUUID(), `${randomUUID()}${randomUUID()}`];
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: sso.clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const start = `${authorization_endpoint}?${query.toString()}`;
  const { back, code } = await passForm(createCookieSession(http), sso, start, options);
  if (back.searchParams.get('state') !== state) throw new Error('the state is not that of the sign-in');
  const grant = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  return { ...(await askForTokens(http, sso, grant)), nonce };
}

/** From the start of a sign-in to the address, at the app, that gets the code. */
async function passForm(
  session: CookieSession,
  sso: SsoFacts,
  start: string,
  options: LoginOptions,
): Promise<{ readonly back: URL; readonly code: string }> {
  if (sso.provider !== 'keycloak') throw new Error(`the sign-in of ${sso.provider} has no form in HTML`);
  const page = await session.follow(start);
  const { host } = new URL(sso.issuer);
  if (new URL(page.url).host !== host) throw new Error(`${start} leads to ${where(page)}, expected ${host}`);
  const action = page.status === 200 ? formAction(page.text(), FORM) : undefined;
  if (action === undefined) throw new Error(`${where(page)} shows no form: status ${page.status}`);
  const { username, password } = sso.user;
  const form = { username, password: options.password ?? password, credentialId: '' };
  const target = new URL(action, page.url);
  // The password goes to nobody but the provider.
  if (target.host !== host) throw new Error(`the form leads to ${target.host}, expected ${host}`);
  const isBack = (answer: SpecAnswer) => {
    const next = redirectTarget(answer);
    return next !== undefined && !isLoginAddress(next, sso.issuer);
  };
  const answer = await session.follow(
    target.href,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    },
    isBack,
  );
  const back = redirectTarget(answer);
  if (!back) {
    const again = answer.status === 200 && formAction(answer.text(), FORM) !== undefined;
    if (again) throw new Error(`the provider refused the password of ${username}: it shows its form again`);
    throw new Error(`${where(answer)} answered ${answer.status} to the form`);
  }
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`the provider refused: ${back.searchParams.get('error') ?? 'no code'}`);
  const uri = `${back.origin}${back.pathname}`;
  if (!sso.redirectUris.includes(uri)) throw new Error(`the code was sent to ${uri}`);
  return { back, code };
}

/** Address without its query, which may hold codes. */
function where({ url }: SpecAnswer): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

import { bodyText } from '../../domain/http.ts';
import type { RecipeContext } from '../../domain/recipe-context.ts';
import { discoveryUrl, type SsoFacts } from '../../domain/sso.ts';
import { ADMIN, adminPassword, gitea } from './accounts.ts';

/** Name of the source in Gitea; the address to which users are sent back has it as well. */
export const SOURCE = 'keycloak';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** Type of sources with OAuth 2 in Gitea's form. */
const OAUTH2 = '6';

/**
 * Makes the source through which users sign in, or brings the present one up to date. It is entered in the form of the
 * administration and not by `gitea admin auth add-oauth`: that takes the client's secret as an argument, which everybody
 * on the host can read, and does not look at the provider. The form does: it is refused when the provider's discovery
 * document cannot be read from within the app. There is no API for it.
 */
export async function ensureSignInSource(context: RecipeContext, sso: SsoFacts): Promise<void> {
  const cookie = await signIn(context);
  const id = await sourceId(context);
  const answer = await context.http(`/-/admin/auths/${id ?? 'new'}`, {
    method: 'POST',
    headers: { ...FORM, cookie },
    body: new URLSearchParams({
      ...(id === undefined ? {} : { id }),
      type: OAUTH2,
      name: SOURCE,
      is_active: 'on',
      oauth2_provider: 'openidConnect',
      oauth2_key: sso.clientId,
      oauth2_secret: sso.clientSecret,
      open_id_connect_auto_discovery_url: discoveryUrl(sso.issuer),
      oauth2_scopes: 'email,profile',
    }).toString(),
  });
  if (answer.status !== 303) {
    throw new Error(`Gitea does not take ${sso.issuer} for signing in: ${complaint(bodyText(answer))}`);
  }
}

/** Cookie of a session of the administrator. */
async function signIn({ http, seed }: RecipeContext): Promise<string> {
  const answer = await http('/user/login', {
    method: 'POST',
    headers: FORM,
    body: new URLSearchParams({ user_name: ADMIN, password: adminPassword(seed) }).toString(),
  });
  // The session gets a new name when somebody signs in: the last one counts.
  const cookie = [...(answer.headers['set-cookie'] ?? '').matchAll(/\bi_like_gitea=[^;,\s]+/g)].at(-1)?.[0];
  if (answer.status !== 303 || cookie === undefined) {
    throw new Error(`the administrator cannot sign in: ${answer.status}, ${complaint(bodyText(answer))}`);
  }
  return cookie;
}

/** Lines of the list: number, name, type, whether it is in use. */
async function sourceId(context: RecipeContext): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await gitea(context, 'admin', 'auth', 'list');
  if (exitCode !== 0) throw new Error(`Gitea does not list its sources for signing in: ${stderr.trim()}`);
  return new RegExp(String.raw`^(\d+)\s+${SOURCE}\s`, 'm').exec(stdout)?.[1];
}

/** What a page says in its red box. */
function complaint(page: string): string {
  return /flash-error">\s*<p>([^]*?)<\/p>/.exec(page)?.[1]?.trim() ?? 'the page does not say why';
}

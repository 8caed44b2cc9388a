import { bodyText } from '../../domain/http.ts';
import type { AppContext, RecipeContext } from '../../domain/recipe-context.ts';

/** Administrator of the app, made once it runs: nobody can register. */
export const ADMIN = 'ccci';

/**
 * Password of the administrator: reviewed specs get no secret of the app, but that of the run, which ends with the app.
 */
export function adminPassword(seed: string): string {
  return `${seed}-administrator`;
}

/** Header of a request that the administrator makes. */
export function asAdmin(seed: string): { readonly authorization: string } {
  const credentials = Buffer.from(`${ADMIN}:${adminPassword(seed)}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}

/**
 * Gitea's program as its own user, with Alpine's su-exec as its scripts call it. Answers the exit code and what it said,
 * which stands in no log: some commands write tokens and passwords.
 */
export function gitea(
  { exec }: Pick<AppContext, 'exec'>,
  ...args: readonly string[]
): ReturnType<AppContext['exec']> {
  return exec('app', ['su-exec', 'git', 'gitea', ...args], { quiet: true });
}

/** The end of what a program said: Gitea complains on both. */
function said(stdout: string, stderr: string): string {
  return `${stdout}\n${stderr}`.trim().slice(-500);
}

/**
 * A new access token of the user. Every call makes one more, because Gitea shows a token only when it makes it.
 *
 * @param scopes as Gitea writes them: `write:application,write:user`
 */
export async function accessToken(
  app: Pick<AppContext, 'exec'>,
  { user, name, scopes }: { readonly user: string; readonly name: string; readonly scopes: string },
): Promise<string> {
  const asked = ['--username', user, '--token-name', name, '--scopes', scopes, '--raw'];
  const { exitCode, stdout, stderr } = await gitea(app, 'admin', 'user', 'generate-access-token', ...asked);
  // Whatever it logs stands on lines before.
  const token = /^[0-9a-f]{40}$/m.exec(stdout)?.[0];
  if (exitCode !== 0) throw new Error(`there is no token for ${user}: ${said(stdout, stderr)}`);
  if (token === undefined) throw new Error(`there is no token for ${user} in what Gitea says`);
  return token;
}

/**
 * Makes the administrator, or gives the present one its password again. The program takes passwords as arguments only,
 * which everybody on the host can read while it runs; so it makes one that nobody needs, and the API sets the real one.
 */
export async function ensureAdmin(context: RecipeContext): Promise<void> {
  const { http, seed } = context;
  const account = ['--admin', '--username', ADMIN, '--email', `${ADMIN}@example.org`];
  const password = ['--random-password', '--random-password-length', '32', '--must-change-password=false'];
  const made = await gitea(context, 'admin', 'user', 'create', ...account, ...password);
  if (made.exitCode !== 0 && !`${made.stdout}${made.stderr}`.includes('user already exists')) {
    throw new Error(`there is no administrator: ${said(made.stdout, made.stderr)}`);
  }
  const name = `setup-${crypto.randomUUID()}`;
  const token = await accessToken(context, { user: ADMIN, name, scopes: 'write:admin' });
  const changed = await http(`/api/v1/admin/users/${ADMIN}`, {
    method: 'PATCH',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source_id: 0, login_name: ADMIN, password: adminPassword(seed) }),
  });
  if (changed.status !== 200) {
    throw new Error(`the administrator keeps its password: ${changed.status}, ${bodyText(changed)}`);
  }
  // A token cannot remove itself: Gitea asks for the password here.
  const removed = await http(`/api/v1/users/${ADMIN}/tokens/${name}`, {
    method: 'DELETE',
    headers: asAdmin(seed),
  });
  if (removed.status !== 204) throw new Error(`the token of the setup stays: ${removed.status}`);
}

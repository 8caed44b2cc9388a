import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { discoveryUrl, realmNameSchema, type SsoFacts } from '../../domain/sso.ts';
import { createAsk, readAs, requireState, sameSet, type Ask, type Send } from './ask-provider.ts';
import {
  APPLICATIONS,
  applicationSchema,
  defaultsOf,
  listAll,
  oauthProviderSchema,
  PROVIDERS,
  USERS,
  userSchema,
  withApiToken,
  type AskAuthentik,
} from './authentik-objects.ts';
import type { IdentityProvider, RealmWish } from './provider.ts';

export interface AuthentikOptions {
  readonly baseUrl: string;
  /** API token of an administrator. */
  readonly token: string;
  /** How long a token may be refused because it has yet to be made, in ms; 30,000 when absent. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;
const PAUSE_MS = 1000;

/**
 * authentik by its API, version 3 (https://docs.goauthentik.io/developer-docs/api/reference/). It has no realms: what a
 * run makes are an application, an OAuth2 provider and a user that carry the realm's name in theirs, for names of users
 * and clients are shared by all.
 */
export function createAuthentik(send: Send, options: AuthentikOptions): IdentityProvider {
  const anybody = createAsk(send, options.baseUrl);
  const ask = withApiToken(anybody, options.token);
  const { origin } = new URL(options.baseUrl);
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  return {
    health: async () => {
      try {
        await requireAdministrator(ask, 0);
        return undefined;
      } catch (error) {
        if (error instanceof CodedError) return error.message;
        throw error;
      }
    },
    ensureRealm: async (wish) => {
      await requireAdministrator(ask, patienceMs);
      const facts = factsOf(wish, origin);
      await ensureUser(ask, wish.realm, facts);
      const provider = await ensureProvider(ask, wish.realm, facts);
      await ensureApplication(ask, wish.realm, provider);
      await requireIssuer(anybody, facts.issuer);
      return facts;
    },
    removeRealm: async (realm) => {
      await requireAdministrator(ask, patienceMs);
      await removeRealm(ask, realmNameSchema.parse(realm));
    },
    listRealms: async () => {
      await requireAdministrator(ask, patienceMs);
      const named = [
        ...(await applications(ask)).map(({ slug }) => slug),
        ...(await listAll(ask, oauthProviderSchema, PROVIDERS, {})).map(({ name }) => name),
        ...(await listAll(ask, userSchema, USERS, { search: 'ci-' })).map(({ username }) => username),
      ];
      return [...new Set(named.flatMap((name) => /^ci-[0-9a-f]{12}(?=-|$)/.exec(name)?.[0] ?? []))].sort();
    },
  };
}

/** The worker makes the token of the bootstrap some seconds after the server is ready. */
async function requireAdministrator(ask: AskAuthentik, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  const schema = z.object({ user: z.object({ username: z.string(), is_superuser: z.boolean() }) });
  for (;;) {
    const answer = await ask(`${USERS}me/`, { accept: [200, 401, 403] });
    if (answer.status === 200) {
      const { user } = readAs(schema, answer);
      requireState(`the administrator ${user.username}`, { is_superuser: user.is_superuser });
      return;
    }
    if (performance.now() + PAUSE_MS >= end) {
      throw new CodedError('E_SSO_REFUSED', `the API token is refused: status ${answer.status}`);
    }
    await delay(PAUSE_MS);
  }
}

async function ensureUser(ask: AskAuthentik, realm: string, { user }: SsoFacts): Promise<void> {
  const { username, email, password } = user;
  const json = {
    username,
    email,
    name: `${user.firstName} ${user.lastName}`,
    path: `cc-ci/${realm}`,
    is_active: true,
  };
  const [existing] = await listAll(ask, userSchema, USERS, { username });
  const answer = existing
    ? await ask(`${USERS}${existing.pk}/`, { method: 'PATCH', json, accept: [200] })
    : await ask(USERS, { method: 'POST', json, accept: [201] });
  const found = readAs(userSchema, answer);
  requireState(`the user ${username}`, {
    username: found.username === username,
    email: found.email === email,
    name: found.name === json.name,
    is_active: found.is_active,
  });
  const path = `${USERS}${found.pk}/set_password/`;
  await ask(path, { method: 'POST', json: { password }, accept: [204] });
}

/** Returns the id of the provider. */
async function ensureProvider(ask: AskAuthentik, realm: string, facts: SsoFacts): Promise<number> {
  const json = {
    name: realm,
    ...(await defaultsOf(ask)),
    client_type: 'confidential',
    client_id: facts.clientId,
    client_secret: facts.clientSecret,
    redirect_uris: facts.redirectUris.map((url) => ({ matching_mode: 'strict', url })),
  };
  const existing = await providerOf(ask, realm);
  const { pk } =
    existing ?? readAs(oauthProviderSchema, await ask(PROVIDERS, { method: 'POST', json, accept: [201] }));
  const path = `${PROVIDERS}${pk}/`;
  if (existing) await ask(path, { method: 'PATCH', json, accept: [200] });
  const found = readAs(oauthProviderSchema, await ask(path, { accept: [200] }));
  requireState(`the provider ${realm}`, {
    client_type: found.client_type === 'confidential',
    client_id: found.client_id === facts.clientId,
    client_secret: found.client_secret === facts.clientSecret,
    matching_mode: found.redirect_uris.every((uri) => uri.matching_mode === 'strict'),
    redirect_uris: sameSet(
      found.redirect_uris.map((uri) => uri.url),
      facts.redirectUris,
    ),
  });
  return pk;
}

async function ensureApplication(ask: AskAuthentik, realm: string, provider: number): Promise<void> {
  const json = { name: realm, slug: realm, provider };
  const path = `${APPLICATIONS}${realm}/`;
  const changed = await ask(path, { method: 'PATCH', json, accept: [200, 404] });
  if (changed.status === 404) await ask(APPLICATIONS, { method: 'POST', json, accept: [201] });
  const found = readAs(applicationSchema, await ask(path, { accept: [200] }));
  requireState(`the application ${realm}`, {
    slug: found.slug === realm,
    provider: found.provider === provider,
  });
}

async function removeRealm(ask: AskAuthentik, realm: string): Promise<void> {
  const remove = (path: string) => ask(path, { method: 'DELETE', accept: [204, 404] });
  await remove(`${APPLICATIONS}${realm}/`);
  const provider = await providerOf(ask, realm);
  if (provider) await remove(`${PROVIDERS}${provider.pk}/`);
  // Also those that authentik makes by itself, for clients that sign in on their own behalf.
  const users = await listAll(ask, userSchema, USERS, { search: realm });
  for (const user of users) if (user.username.includes(realm)) await remove(`${USERS}${user.pk}/`);
}

async function providerOf(ask: AskAuthentik, realm: string): Promise<{ readonly pk: number } | undefined> {
  const found = await listAll(ask, oauthProviderSchema, PROVIDERS, { name: realm });
  return found.find(({ name }) => name === realm);
}

function applications(ask: AskAuthentik): Promise<z.infer<typeof applicationSchema>[]> {
  // Otherwise only those that the administrator may open are listed.
  return listAll(ask, applicationSchema, APPLICATIONS, { superuser_full_list: 'true' });
}

async function requireIssuer(ask: Ask, expected: string): Promise<void> {
  const { pathname } = new URL(discoveryUrl(expected));
  const { issuer } = readAs(z.object({ issuer: z.string() }), await ask(pathname, { accept: [200] }));
  requireState(`the issuer ${issuer}`, { [`${expected}/`]: issuer === `${expected}/` });
}

function factsOf(wish: RealmWish, origin: string): SsoFacts {
  const own = (name: string) => `${wish.realm}-${name}`;
  return {
    provider: 'authentik',
    issuer: `${origin}/application/o/${wish.realm}`,
    clientId: own(wish.clientId),
    clientSecret: wish.clientSecret,
    redirectUris: [...wish.redirectUris],
    user: { ...wish.user, username: own(wish.user.username) },
  };
}

import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { discoveryUrl, realmNameSchema, type SsoFacts } from '../../domain/sso.ts';
import { createAsk, readAs, requireState, sameSet, withQuery, type Ask, type Send } from './ask-provider.ts';
import { createKeycloakSession, type Administrator, type KeycloakSession } from './keycloak-session.ts';
import type { IdentityProvider, RealmWish } from './provider.ts';

export interface KeycloakOptions extends Administrator {
  readonly baseUrl: string;
  /** How long a refused administrator may still be one who is about to be made, in ms; 15,000 when absent. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;

const foundSchema = z.array(z.object({ id: z.string().min(1) }));
const clientSchema = z.object({
  clientId: z.string(),
  enabled: z.boolean(),
  publicClient: z.boolean(),
  standardFlowEnabled: z.boolean(),
  implicitFlowEnabled: z.boolean(),
  directAccessGrantsEnabled: z.boolean(),
  redirectUris: z.array(z.string()),
});
const userSchema = z.object({
  username: z.string(),
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  enabled: z.boolean(),
  emailVerified: z.boolean(),
  requiredActions: z.array(z.string()).default([]),
});

/**
 * Keycloak 26 by its admin REST API (https://www.keycloak.org/docs-api/latest/rest-api/index.html): a realm for each run,
 * with one confidential client and one user.
 */
export function createKeycloak(send: Send, options: KeycloakOptions): IdentityProvider {
  const ask = createAsk(send, options.baseUrl);
  const { origin } = new URL(options.baseUrl);
  const session = createKeycloakSession(ask, options, options.patienceMs ?? PATIENCE_MS);
  // Whoever asks for its health does not want to wait for it.
  const impatient = createKeycloakSession(ask, options, 0);
  const issuerOf = (realm: string) => `${origin}/realms/${realm}`;
  return {
    health: async () => {
      try {
        await requireIssuer(ask, issuerOf('master'));
        await impatient.ask('/admin/realms/master', { accept: [200] });
        return undefined;
      } catch (error) {
        if (error instanceof CodedError) return error.message;
        throw error;
      }
    },
    ensureRealm: async (wish) => {
      await ensureRealm(session, wish.realm);
      await ensureClient(session, wish);
      await ensureUser(session, wish);
      await requireIssuer(ask, issuerOf(wish.realm));
      await requireSignIn(ask, wish);
      return factsOf(wish, issuerOf(wish.realm));
    },
    removeRealm: async (realm) => {
      const path = `/admin/realms/${realmNameSchema.parse(realm)}`;
      const remove = async () => (await session.ask(path, { method: 'DELETE', accept: [204, 404] })).status;
      if ((await remove()) === 204) return;
      // Whoever was ended while making it may have left a transaction that is still under way and that nobody sees. A realm
      // of the same name waits for it, and then there is one to remove in any case.
      await createRealm(session, realm);
      await remove();
    },
    listRealms: async () => {
      const answer = await session.ask('/admin/realms?briefRepresentation=true', { accept: [200] });
      const realms = readAs(z.array(z.object({ realm: z.string() })), answer);
      return realms
        .map(({ realm }) => realm)
        .filter((realm) => realmNameSchema.safeParse(realm).success)
        .sort();
    },
  };
}

async function ensureRealm(session: KeycloakSession, realm: string): Promise<void> {
  const json = { realm, enabled: true };
  if ((await createRealm(session, realm)) === 409) {
    await session.ask(`/admin/realms/${realm}`, { method: 'PUT', json, accept: [204] });
  }
}

/** Answers 201, or 409 when there is one of that name. */
async function createRealm(session: KeycloakSession, realm: string): Promise<number> {
  const json = { realm, enabled: true };
  const { status } = await session.ask('/admin/realms', { method: 'POST', json, accept: [201, 409] });
  // The administrator's rights in a realm may be missing from a token that is older than the realm.
  session.forget();
  return status;
}

async function ensureClient(session: KeycloakSession, wish: RealmWish): Promise<void> {
  const clients = `/admin/realms/${wish.realm}/clients`;
  const json = {
    clientId: wish.clientId,
    protocol: 'openid-connect',
    enabled: true,
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    secret: wish.clientSecret,
    standardFlowEnabled: true,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: true,
    serviceAccountsEnabled: true,
    redirectUris: wish.redirectUris,
    webOrigins: [],
  };
  const path = await ensure(session, clients, withQuery(clients, { clientId: wish.clientId }), json);
  const client = readAs(clientSchema, await session.ask(path, { accept: [200] }));
  requireState(`the client ${wish.clientId}`, {
    clientId: client.clientId === wish.clientId,
    enabled: client.enabled,
    publicClient: !client.publicClient,
    standardFlowEnabled: client.standardFlowEnabled,
    implicitFlowEnabled: !client.implicitFlowEnabled,
    directAccessGrantsEnabled: client.directAccessGrantsEnabled,
    redirectUris: sameSet(client.redirectUris, wish.redirectUris),
  });
}

async function ensureUser(session: KeycloakSession, { realm, user }: RealmWish): Promise<void> {
  const users = `/admin/realms/${realm}/users`;
  const { password, ...person } = user;
  const json = { ...person, enabled: true, emailVerified: true, requiredActions: [] };
  const query = withQuery(users, { username: user.username, exact: 'true' });
  const path = await ensure(session, users, query, json);
  await session.ask(`${path}/reset-password`, {
    method: 'PUT',
    json: { type: 'password', value: password, temporary: false },
    accept: [204],
  });
  const found = readAs(userSchema, await session.ask(path, { accept: [200] }));
  requireState(`the user ${user.username}`, {
    username: found.username === user.username,
    email: found.email === user.email,
    firstName: found.firstName === user.firstName,
    lastName: found.lastName === user.lastName,
    enabled: found.enabled,
    emailVerified: found.emailVerified,
    requiredActions: found.requiredActions.length === 0,
  });
}

/** Makes what a query does not find, or brings what it finds to the same state. Returns its path. */
async function ensure(
  session: KeycloakSession,
  collection: string,
  query: string,
  json: unknown,
): Promise<string> {
  const find = async () => readAs(foundSchema, await session.ask(query, { accept: [200] }))[0];
  const existing = await find();
  if (existing) {
    const path = `${collection}/${existing.id}`;
    await session.ask(path, { method: 'PUT', json, accept: [204] });
    return path;
  }
  // 409: made by a request whose answer was lost, and which was still under way when it was looked for.
  const { status } = await session.ask(collection, { method: 'POST', json, accept: [201, 409] });
  const made = await find();
  if (!made)
    throw new CodedError('E_SSO_REFUSED', `POST ${collection}: status ${status}, but it is not there`);
  const path = `${collection}/${made.id}`;
  if (status === 409) await session.ask(path, { method: 'PUT', json, accept: [204] });
  return path;
}

/** A provider that calls itself by another name issues tokens that no app accepts. */
async function requireIssuer(ask: Ask, expected: string): Promise<void> {
  const { pathname } = new URL(discoveryUrl(expected));
  const { issuer } = readAs(z.object({ issuer: z.string() }), await ask(pathname, { accept: [200] }));
  if (issuer === expected) return;
  throw new CodedError('E_SSO_REFUSED', `it calls itself ${issuer}, expected ${expected}`);
}

/** Client secret and password can only be told right by being used. */
async function requireSignIn(ask: Ask, { realm, clientId, clientSecret, user }: RealmWish): Promise<void> {
  const { username, password } = user;
  await ask(`/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    form: { grant_type: 'password', client_id: clientId, client_secret: clientSecret, username, password },
    accept: [200],
  });
}

function factsOf({ clientId, clientSecret, redirectUris, user }: RealmWish, issuer: string): SsoFacts {
  return { provider: 'keycloak', issuer, clientId, clientSecret, redirectUris: [...redirectUris], user };
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RecipeContext, RecipeMarker } from '../../domain/recipe-context.ts';
import { askAdmin, parseBody } from './admin-api.ts';

/** The realm of a run: specs use it too. */
export const REALM = 'ci-marker';
export const USERNAME = 'ci-user';
/** Signs users in, and itself. */
export const CLIENT = 'ci-client';
/** The same with access tokens that expire at once. */
export const BRIEF_CLIENT = 'ci-client-brief';
export const BRIEF_SECONDS = 1;

/** Passwords of the realm of a run, which lives as long as the run and holds nothing else. */
export interface RealmSecrets {
  readonly password: string;
  readonly clientSecret: string;
}

/**
 * Derived from the seed of the run, so that specs know them without being handed a secret of the app: the password
 * of its administrator stays with the orchestrator.
 */
export function realmSecrets(seed: string): RealmSecrets {
  const derive = (use: string) => createHash('sha256').update(`${use} of ${seed}`).digest('hex');
  return { password: derive('password'), clientSecret: derive('client') };
}

function representation({ marker: value, seed, domain }: RecipeContext) {
  const { password, clientSecret } = realmSecrets(seed);
  const client = {
    secret: clientSecret,
    publicClient: false,
    directAccessGrantsEnabled: true,
    serviceAccountsEnabled: true,
    // Newer versions tell a client of tokens only that are meant for it, too.
    protocolMappers: [
      {
        name: 'audience',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-audience-mapper',
        config: { 'included.custom.audience': CLIENT, 'access.token.claim': 'true' },
      },
      {
        name: 'brief-audience',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-audience-mapper',
        config: { 'included.custom.audience': BRIEF_CLIENT, 'access.token.claim': 'true' },
      },
    ],
    redirectUris: [`https://${domain}/realms/${REALM}/account/*`],
  };
  return {
    realm: REALM,
    displayName: value,
    enabled: true,
    clients: [
      { ...client, clientId: CLIENT },
      { ...client, clientId: BRIEF_CLIENT, attributes: { 'access.token.lifespan': String(BRIEF_SECONDS) } },
    ],
    users: [
      {
        username: USERNAME,
        enabled: true,
        email: `${USERNAME}@example.com`,
        emailVerified: true,
        firstName: 'Marker',
        lastName: value,
        credentials: [{ type: 'password', value: password, temporary: false }],
        // Users that come with a realm get no roles by themselves; without these they cannot see their account.
        realmRoles: [`default-roles-${REALM}`],
      },
    ],
  };
}

const realmSchema = z.object({ displayName: z.string().optional() });
const usersSchema = z.array(z.object({ lastName: z.string().optional() }));

/** A realm with clients and an account: what every app that signs its users in here would miss (spec R-22). */
export const marker: RecipeMarker = {
  write: async (context) => {
    await askAdmin(context, `/${REALM}`, [204, 404], { method: 'DELETE' });
    await askAdmin(context, '', [201], {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(representation(context)),
    });
  },
  read: async (context) => {
    const realm = await askAdmin(context, `/${REALM}`, [200, 404]);
    if (realm.status === 404) return undefined;
    const users = await askAdmin(context, `/${REALM}/users?username=${USERNAME}&exact=true`, [200]);
    const { displayName = 'a realm without a name' } = parseBody(realmSchema, realm);
    const { lastName = 'no such account' } = parseBody(usersSchema, users)[0] ?? {};
    return displayName === lastName ? displayName : `${displayName}, with ${lastName}`;
  },
  destroy: async (context) => {
    await askAdmin(context, `/${REALM}`, [204, 404], { method: 'DELETE' });
  },
};

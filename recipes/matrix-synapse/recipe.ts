import { defineRecipe } from '../define.ts';
import { register, talkers } from './accounts.ts';
import { marker } from './marker.ts';

/** A homeserver for Matrix with its PostgreSQL; people sign in with a password or through Keycloak. */
export const recipe = defineRecipe({
  name: 'matrix-synapse',
  deps: ['keycloak'],
  sso: { provider: 'keycloak', redirectPaths: ['/_synapse/client/oidc/callback'] },
  wire: ({ sso }) =>
    sso
      ? {
          env: {
            COMPOSE_FILE: 'compose.yml:compose.keycloak.yml',
            KEYCLOAK_ENABLED: '1',
            KEYCLOAK_ID: 'keycloak',
            KEYCLOAK_NAME: 'Keycloak',
            KEYCLOAK_URL: sso.issuer,
            KEYCLOAK_CLIENT_ID: sso.clientId,
          },
          secrets: { keycloak_client_secret: sso.clientSecret },
        }
      : {},
  // All tests come from one address, which may otherwise sign in five times and then once in five minutes.
  env: { LOGIN_BURST: '100' },
  health: { path: '/_matrix/client/versions', contentType: 'application/json', contains: '"versions"' },
  version: { path: '/_matrix/federation/v1/version', pattern: '"version":\\s*"([^"]+)"' },
  deployTimeoutSeconds: 900,
  httpTimeoutSeconds: 120,
  marker,
  before: {
    custom: async (context) => {
      for (const account of talkers(context.seed)) await register(context, account);
    },
  },
});

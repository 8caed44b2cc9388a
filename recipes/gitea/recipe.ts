import { defineRecipe } from '../define.ts';
import { ensureAdmin } from './accounts.ts';
import { marker } from './marker-repository.ts';
import { ensureSignInSource } from './sign-in-source.ts';

/** Repositories in a volume, everything else in MariaDB; users sign in with Keycloak. */
export const recipe = defineRecipe({
  name: 'gitea',
  deps: ['keycloak'],
  sso: { provider: 'keycloak', redirectPaths: ['/user/oauth2/keycloak/callback'] },
  env: {
    // Without it every link and redirect leads to the placeholder of the sample (spec F-62).
    GITEA_DOMAIN: '{domain}',
    GITEA_DISABLE_REGISTRATION: 'true',
    // Who signs in for the first time gets an account at once, named as in Keycloak.
    GITEA_OAUTH2_AUTO_REGISTRATION: 'true',
  },
  health: { path: '/', status: [200, 302], contentType: 'text/html' },
  version: { path: '/api/v1/version', pattern: '"version":\\s*"([^"]+)"' },
  marker,
  before: {
    install: async (context) => {
      await ensureAdmin(context);
      if (context.sso === undefined) context.log('no single sign-on: the provider is not ready');
      else await ensureSignInSource(context, context.sso);
    },
  },
});

import type { RealmWish } from '../../../activities/sso/provider.ts';
import type { SsoFacts } from '../../../domain/sso.ts';

export const REALM = 'ci-0a1b2c3d4e5f';
export const APP = 'site-0a1b2c.ci.test';

export const WISH: RealmWish = {
  realm: REALM,
  clientId: 'cc-ci',
  clientSecret: 'the-secret-of-the-client',
  redirectUris: [`https://${APP}/callback`, `https://${APP}/other/callback`],
  user: {
    username: 'tester',
    password: 'the+password of/the user',
    email: 'tester@ci.test',
    firstName: 'Test',
    lastName: 'Person',
  },
};

/** What a Keycloak at this origin makes of the wish. */
export function factsAt(origin: string): SsoFacts {
  const { clientId, clientSecret, redirectUris, user } = WISH;
  return {
    provider: 'keycloak',
    issuer: `${origin}/realms/${REALM}`,
    clientId,
    clientSecret,
    redirectUris,
    user,
  };
}

import type { SsoFacts } from '../../domain/sso.ts';
import { expect, type FixtureHttp, type SpecMarker } from '../fixtures.ts';
import { passwordGrant, verifyToken } from '../oidc.ts';
import { CLIENT, REALM, realmSecrets, USERNAME } from './marker-realm.ts';

/** The realm that the marker is, in the form in which specs of other apps get theirs. */
export function realmFacts({ value, seed }: SpecMarker, domain: string, clientId = CLIENT): SsoFacts {
  const issuer = `https://${domain}/realms/${REALM}`;
  const { password, clientSecret } = realmSecrets(seed);
  return {
    provider: 'keycloak',
    issuer,
    clientId,
    clientSecret,
    redirectUris: [`${issuer}/account/`],
    user: {
      username: USERNAME,
      password,
      email: `${USERNAME}@example.com`,
      firstName: 'Marker',
      lastName: value,
    },
  };
}

/** The account of the run signs in with its own password and is who it was. Returns the claims of its token. */
export async function expectSignIn(
  http: FixtureHttp,
  marker: SpecMarker,
  domain: string,
): ReturnType<typeof verifyToken> {
  const realm = realmFacts(marker, domain);
  const { accessToken } = await passwordGrant(http, realm);
  const claims = await verifyToken(http, realm, accessToken, { use: 'access' });
  expect(claims).toMatchObject({ preferred_username: USERNAME, family_name: marker.value });
  return claims;
}

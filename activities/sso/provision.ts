import { randomBytes } from 'node:crypto';
import { CodedError } from '../../domain/errors.ts';
import type { App } from '../../domain/plan.ts';
import { realmName, type SsoFacts, type SsoWish } from '../../domain/sso.ts';
import type { Platform } from '../platform/port.ts';
import type { TrustedIngress } from '../support/ingress-http.ts';
import type { Operation } from '../support/operation.ts';
import { accessTo, accessToWarm } from './access.ts';
import { runProvider } from './run-provider.ts';

/** Bytes of a client secret and of a password. */
const SECRET_BYTES = 24;

export interface SignOnTools {
  readonly platform: Pick<Platform, 'secretValue'>;
  readonly ingress: TrustedIngress;
}

/**
 * Makes the realm of the run at the provider, a confidential client for the app with exactly its own addresses, and a
 * user. Secrets are new in every attempt: what counts are those of the one that ends.
 */
export async function provisionSignOn(
  { platform, ingress }: SignOnTools,
  operation: Operation,
  app: App,
  { provider: name, redirectPaths }: SsoWish,
): Promise<SsoFacts> {
  const { apps, realms = [] } = operation.environment;
  const warm = realms.find((realm) => realm.provider === name);
  const provider = warm?.app ?? apps.find(({ role }) => role === name);
  if (!provider) throw new CodedError('E_INTERNAL', `the environment has no ${name}`);
  const secret = () => randomBytes(SECRET_BYTES).toString('base64url');
  const access = warm
    ? await accessToWarm(platform, operation, warm)
    : await accessTo(platform, operation, provider, name);
  operation.progress(`${provider.domain}: the realm for ${app.domain}`);
  // Of two apps that sign in through one realm each has a client and a user of its own.
  const username = app.role === 'app' ? 'tester' : `tester-${app.role}`;
  return runProvider(operation, access, ingress).ensureRealm({
    realm: realmName(operation.environment.id),
    clientId: app.recipe,
    clientSecret: secret(),
    redirectUris: redirectPaths.map((path) => new URL(path, `https://${app.domain}/`).href),
    user: {
      username,
      password: secret(),
      email: `${username}@example.com`,
      firstName: 'Test',
      lastName: 'User',
    },
  });
}

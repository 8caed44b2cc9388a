import type { App, WarmPlace } from '../../domain/plan.ts';
import type { SsoProvider } from '../../domain/sso.ts';
import type { Platform } from '../platform/port.ts';
import type { Operation } from '../support/operation.ts';
import type { ProviderAccess } from './provider.ts';

/** How a provider that runs as an app is administered: by what its recipe has generated for that. */
export async function accessTo(
  platform: Pick<Platform, 'secretValue'>,
  operation: Operation,
  app: App,
  provider: SsoProvider,
): Promise<ProviderAccess> {
  const baseUrl = `https://${app.domain}`;
  switch (provider) {
    case 'keycloak': {
      const password = await platform.secretValue(operation, app, 'admin_password');
      return { provider, baseUrl, username: 'admin', password };
    }
    case 'authentik':
      return { provider, baseUrl, token: await platform.secretValue(operation, app, 'admin_token') };
  }
}

/**
 * The same for a provider that is kept warm. Its secrets lie in its own environment, of which only this is read; the
 * operation, of whatever environment it is, hides them.
 */
export function accessToWarm(
  platform: Pick<Platform, 'secretValue'>,
  operation: Operation,
  { provider, environmentId, app }: WarmPlace,
): Promise<ProviderAccess> {
  const environment = { ...operation.environment, id: environmentId, apps: [app] };
  return accessTo(platform, { ...operation, environment }, app, provider);
}

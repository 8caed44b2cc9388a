import type { ProviderRequest } from './messages.ts';

/** The values in a request that must not be seen anywhere. */
export function secretsOf({ access, action }: Pick<ProviderRequest, 'access' | 'action'>): readonly string[] {
  const administrator = access.provider === 'keycloak' ? access.password : access.token;
  if (action.verb !== 'ensure') return [administrator];
  return [administrator, action.wish.clientSecret, action.wish.user.password];
}

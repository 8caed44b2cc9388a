import { z } from 'zod';

/** Software that signs users in; each has a backend of its own (spec R-55). */
export const ssoProviderSchema = z.enum(['keycloak', 'authentik']);
export type SsoProvider = z.infer<typeof ssoProviderSchema>;

/** What a recipe wants of the provider (`sso` in recipe.ts); the provider is one of its `deps`. */
export const ssoWishSchema = z.strictObject({
  provider: ssoProviderSchema,
  /**
   * Paths of the app to which users may be sent back; the provider refuses every other address. No patterns: Keycloak
   * would read a `*` as one.
   */
  redirectPaths: z
    .array(z.string().regex(/^\/(?!\/)[^\s*#\\]*$/, 'must be a path without wildcard and fragment'))
    .min(1),
});
export type SsoWish = z.infer<typeof ssoWishSchema>;

/** A realm of one run with a confidential client for the app and one user. Holds secrets: it stays on the host. */
export const ssoFactsSchema = z.strictObject({
  provider: ssoProviderSchema,
  /** Issuer as its discovery document names it, without a slash at the end. */
  issuer: z.url(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Absolute; exactly those that the provider accepts. */
  redirectUris: z.array(z.url()).min(1),
  user: z.strictObject({
    username: z.string().min(1),
    password: z.string().min(1),
    email: z.email(),
    firstName: z.string().min(1),
    lastName: z.string().min(1),
  }),
});
export type SsoFacts = z.infer<typeof ssoFactsSchema>;

/** Address of the discovery document of an issuer (OpenID Connect Discovery 1.0, section 4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
}

/** The name of a run's realm; no other realm is ever changed or removed. */
export const realmNameSchema = z
  .string()
  .regex(/^ci-[0-9a-f]{12}$/, 'a realm of a run is ci- and 12 hexadecimal digits');

/** Realm of an environment on its provider: `ci-` and the first 12 hexadecimal digits of the environment's id. */
export function realmName(environmentId: string): string {
  return `ci-${environmentId.toLowerCase().replaceAll('-', '').slice(0, 12)}`;
}

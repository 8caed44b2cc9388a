import { z } from 'zod';
import { realmNameSchema, ssoFactsSchema, type SsoFacts } from '../../domain/sso.ts';

/** What one run wants to find on its provider. The secrets in it are made by the caller, anew for every run (spec R-64). */
export const realmWishSchema = z.strictObject({
  realm: realmNameSchema,
  clientId: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  clientSecret: z.string().min(16),
  /** Absolute. No patterns: the provider must accept these addresses and no other. */
  redirectUris: z
    .array(z.url({ protocol: /^https$/ }).regex(/^[^*#]*$/, 'must be exact'))
    .min(1)
    .refine((uris) => new Set(uris).size === uris.length, 'names an address twice'),
  user: ssoFactsSchema.shape.user.extend({
    // Keycloak stores names in lower case, so another form would not come back as it was sent.
    username: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
    password: z.string().min(8),
  }),
});
export type RealmWish = z.infer<typeof realmWishSchema>;

/** How a provider is administered. */
export const providerAccessSchema = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('keycloak'),
    /** `https://<domain>` */
    baseUrl: z.url({ protocol: /^https$/ }),
    /** Administrator in the realm `master`. */
    username: z.string().min(1),
    password: z.string().min(1),
  }),
  z.strictObject({
    provider: z.literal('authentik'),
    baseUrl: z.url({ protocol: /^https$/ }),
    /** API token of an administrator. */
    token: z.string().min(1),
  }),
]);
export type ProviderAccess = z.infer<typeof providerAccessSchema>;

/**
 * Software that signs users in, as far as a run needs it. Every method may be called again after a crash and then goes on
 * from what it finds. They reject with `E_SSO` when the provider does not answer or fails, which may be tried again, and
 * with `E_SSO_REFUSED` when it refuses, or does something else than it was asked for.
 */
export interface IdentityProvider {
  /** Why it cannot be used now: it does not answer, calls itself by another name, or refuses the administrator. */
  readonly health: () => Promise<string | undefined>;
  /**
   * Brings realm, confidential client and user to the wanted state, and looks whether they are in it. Where a provider
   * has no realms of its own, the names in the facts differ from those wished for.
   */
  readonly ensureRealm: (wish: RealmWish) => Promise<SsoFacts>;
  /** Removes all that `ensureRealm` has made, half-made realms too. A missing realm is fine. */
  readonly removeRealm: (realm: string) => Promise<void>;
  /** Names of the realms of runs, sorted, half-made and half-removed ones among them. */
  readonly listRealms: () => Promise<readonly string[]>;
}

import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { readAs, withQuery, type Ask, type ProviderAnswer, type Question } from './ask-provider.ts';

/** Speaks to the API as the administrator. */
export type AskAuthentik = (path: string, question: Question) => Promise<ProviderAnswer>;

export const USERS = '/api/v3/core/users/';
export const PROVIDERS = '/api/v3/providers/oauth2/';
export const APPLICATIONS = '/api/v3/core/applications/';
const FLOWS = '/api/v3/flows/instances/';
const KEYS = '/api/v3/crypto/certificatekeypairs/';
const SCOPES = '/api/v3/propertymappings/provider/scope/';

/** Names of what an installation has from the start. */
const AUTHORIZATION_FLOW = 'default-provider-authorization-implicit-consent';
const INVALIDATION_FLOW = 'default-provider-invalidation-flow';
const KEY = 'authentik Self-signed Certificate';
const SCOPE_NAMES = ['openid', 'profile', 'email'];

const PAGE_SIZE = '100';

const pageSchema = z.object({
  /** Number of the next page; 0 behind the last one. */
  pagination: z.object({ next: z.number() }),
  results: z.array(z.unknown()),
});

export const userSchema = z.object({
  pk: z.number(),
  username: z.string(),
  name: z.string(),
  email: z.string(),
  is_active: z.boolean(),
});
export const applicationSchema = z.object({ slug: z.string(), provider: z.number().nullable() });
export const oauthProviderSchema = z.object({
  pk: z.number(),
  name: z.string(),
  client_type: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  redirect_uris: z.array(z.object({ matching_mode: z.string(), url: z.string() })),
});

/** Every object that a query finds, over all pages. */
export async function listAll<Schema extends z.ZodType>(
  ask: AskAuthentik,
  schema: Schema,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<z.infer<Schema>[]> {
  const found: z.infer<Schema>[] = [];
  for (let page = 1; page > 0;) {
    const paged = withQuery(path, { ...query, page: String(page), page_size: PAGE_SIZE });
    const answer = await ask(paged, { accept: [200] });
    const { pagination, results } = readAs(pageSchema, answer);
    found.push(...readAs(z.array(schema), { ...answer, json: results }));
    page = pagination.next;
  }
  return found;
}

/** What every provider refers to: flows, the key that signs tokens, and the scopes. */
export async function defaultsOf(ask: AskAuthentik): Promise<{
  readonly authorization_flow: string;
  readonly invalidation_flow: string;
  readonly signing_key: string;
  readonly property_mappings: readonly string[];
}> {
  const keyed = z.object({ pk: z.string() });
  const flow = async (slug: string) =>
    firstOf(await listAll(ask, keyed, FLOWS, { slug }), `the flow ${slug}`).pk;
  const keys = await listAll(ask, keyed, KEYS, { name: KEY, has_key: 'true' });
  const scopes: string[] = [];
  for (const scope_name of SCOPE_NAMES) {
    const mappings = await listAll(ask, keyed, SCOPES, { scope_name });
    scopes.push(firstOf(mappings, `the scope ${scope_name}`).pk);
  }
  return {
    authorization_flow: await flow(AUTHORIZATION_FLOW),
    invalidation_flow: await flow(INVALIDATION_FLOW),
    signing_key: firstOf(keys, `the key ${KEY}`).pk,
    property_mappings: scopes,
  };
}

function firstOf<T>(items: readonly T[], what: string): T {
  const [first] = items;
  if (first === undefined) throw new CodedError('E_SSO_REFUSED', `${what} of a new installation is missing`);
  return first;
}

/** Asks with the API token of an administrator. */
export function withApiToken(ask: Ask, token: string): AskAuthentik {
  return (path, question) => ask(path, { ...question, token });
}

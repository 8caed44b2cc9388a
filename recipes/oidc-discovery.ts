import { z } from 'zod';
import { discoveryUrl } from '../domain/sso.ts';
import type { SpecAnswer, SpecHttp } from './spec-http.ts';

const documentSchema = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url().optional(),
  introspection_endpoint: z.url().optional(),
  end_session_endpoint: z.url().optional(),
});
/** What an issuer says of itself (OpenID Connect Discovery 1.0, section 3). */
export type DiscoveryDocument = z.infer<typeof documentSchema>;

/**
 * Reads the discovery document of an issuer. Throws when there is none, when it is of another issuer, or when it leads to
 * other hosts: tokens would be refused, or asked for elsewhere.
 */
export async function discover(http: SpecHttp, issuer: string): Promise<DiscoveryDocument> {
  const document = readJson(documentSchema, await http.get(discoveryUrl(issuer)));
  // authentik's issuers end in a slash.
  if (document.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    throw new Error(`${discoveryUrl(issuer)} names the issuer ${document.issuer}, expected ${issuer}`);
  }
  const { host } = new URL(issuer);
  const elsewhere = Object.values(document).filter((url) => url !== undefined && new URL(url).host !== host);
  if (elsewhere.length === 0) return document;
  throw new Error(`${discoveryUrl(issuer)} leads to other hosts: ${elsewhere.join(', ')}`);
}

/** The body of a successful answer in its documented form; throws what is wrong with it. */
export function readJson<Schema extends z.ZodType>(schema: Schema, answer: SpecAnswer): z.infer<Schema> {
  if (answer.status !== 200) throw new Error(`${answer.url} answered ${answer.status}, expected 200`);
  const parsed = schema.safeParse(answer.json());
  if (parsed.success) return parsed.data;
  throw new Error(`${answer.url} answered in another form: ${z.prettifyError(parsed.error)}`);
}

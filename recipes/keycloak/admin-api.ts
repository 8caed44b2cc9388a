import { z } from 'zod';
import { bodyText, type HttpAnswer } from '../../domain/http.ts';
import type { AppContext, RecipeRequest } from '../../domain/recipe-context.ts';

/** A realm is a thousand rows and the keys that are made for it: a minute and more on a busy host. */
const TIMEOUT_MS = 180_000;
const MAX_DETAIL = 200;

const tokenSchema = z.object({ access_token: z.string().min(1) });

/**
 * A request to the admin API (https://www.keycloak.org/docs-api/latest/rest-api/), below `/admin/realms`. The token is
 * made for it: what an administrator may do is written into it, and changes with every realm that comes or goes. Rejects
 * unless the status is one of those given.
 */
export async function askAdmin(
  app: Pick<AppContext, 'http' | 'secret'>,
  path: string,
  expected: readonly number[],
  { headers, ...request }: RecipeRequest = {},
): Promise<HttpAnswer> {
  const method = request.method ?? 'GET';
  const answer = await app.http(`/admin/realms${path}`, {
    timeoutMs: TIMEOUT_MS,
    ...request,
    headers: { ...headers, authorization: `Bearer ${await adminToken(app)}` },
  });
  if (!expected.includes(answer.status)) throw new Error(`${method} ${path} answers ${describe(answer)}`);
  return answer;
}

async function adminToken({ http, secret }: Pick<AppContext, 'http' | 'secret'>): Promise<string> {
  const form = {
    grant_type: 'password',
    client_id: 'admin-cli',
    username: 'admin',
    password: await secret('admin_password'),
  };
  const answer = await http('/realms/master/protocol/openid-connect/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.status !== 200) throw new Error(`the administrator gets no token: ${describe(answer)}`);
  return parseBody(tokenSchema, answer).access_token;
}

/** The body of an answer as JSON of the shape given. */
export function parseBody<T>(schema: z.ZodType<T>, answer: HttpAnswer): T {
  return schema.parse(JSON.parse(bodyText(answer)));
}

function describe(answer: HttpAnswer): string {
  return `${answer.status}, ${bodyText(answer).slice(0, MAX_DETAIL)}`;
}

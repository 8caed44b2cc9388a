import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { bodyText } from '../../domain/http.ts';
import type { AppContext, RecipeContext, RecipeMarker } from '../../domain/recipe-context.ts';
import { retryWrites } from '../retry-writes.ts';
import { withReaders } from '../spec-http.ts';
import { loginBody, register, userId, type Account } from './accounts.ts';

const NAME = 'ci-marker';

const sessionSchema = z.looseObject({ access_token: z.string() });
const profileSchema = z.looseObject({ displayname: z.string().nullish() });
const keysSchema = z.looseObject({ server_name: z.string(), verify_keys: z.record(z.string(), z.unknown()) });

/** Where everybody can read the name that the user of the marker shows. */
export function markerProfile({ domain }: Pick<AppContext, 'domain'>): string {
  return `/_matrix/client/v3/profile/${encodeURIComponent(userId({ name: NAME }, { domain }))}/displayname`;
}

/** Where every server tells the keys that it signs with. */
export const SERVER_KEYS = '/_matrix/key/v2/server';

/** What the user of the marker shows: the value, and the key that the server had when it was written. */
export function markerName(value: string, keys: string): string {
  return `${value}, signed with ${keys}`;
}

/** Names of the keys of the server; throws when the answer is not its own. */
export function serverKeys(answer: unknown, { domain }: Pick<AppContext, 'domain'>): string {
  const { server_name: name, verify_keys: keys } = keysSchema.parse(answer);
  if (name !== domain) throw new Error(`the keys are those of ${name}`);
  return Object.keys(keys).sort().join(', ');
}

/**
 * A user whose name in the rooms holds the value. The name of the server's key stands beside it: a server that has lost
 * its key is a stranger to all others, so that its users have lost more than a name.
 */
export const marker: RecipeMarker = {
  write: async (context) => {
    await show(context, markerName(context.marker, await keysOf(context)));
  },
  read: async (context) => {
    const answer = await context.http(markerProfile(context));
    const text = bodyText(answer);
    if (answer.status === 404 && text.includes('"M_NOT_FOUND"')) return undefined;
    if (answer.status !== 200) throw new Error(`the profile answers ${answer.status}: ${text.slice(0, 200)}`);
    const { displayname } = profileSchema.parse(JSON.parse(text));
    if (displayname === null || displayname === undefined) return undefined;
    const [value = ''] = displayname.split(', signed with ');
    return displayname === markerName(value, await keysOf(context)) ? value : displayname;
  },
  destroy: async (context) => {
    await show(context, '');
  },
};

async function keysOf(context: Pick<AppContext, 'http' | 'domain'>): Promise<string> {
  const answer = await context.http(SERVER_KEYS);
  if (answer.status !== 200) throw new Error(`the keys of the server: status ${answer.status}`);
  return serverKeys(JSON.parse(bodyText(answer)), context);
}

/** Signs the user of the marker in, changes the name, and signs out. An empty name removes it. */
async function show(context: RecipeContext, displayname: string): Promise<void> {
  const secret = await context.secret('registration_secret');
  const password = createHmac('sha256', secret).update(NAME).digest('hex');
  const account: Account = { name: NAME, password };
  await register(context, account);
  const post = (path: string, method: 'POST' | 'PUT', body: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const send = async () => withReaders(await context.http(path, { method, headers, body }));
    return retryWrites(send, path, () => ({}), { onRetry: context.log });
  };
  const login = await post('/_matrix/client/v3/login', 'POST', loginBody(account));
  const { access_token: token } = sessionSchema.parse(login.json());
  await post(markerProfile(context), 'PUT', JSON.stringify({ displayname }), token);
  await post('/_matrix/client/v3/logout', 'POST', '{}', token);
}

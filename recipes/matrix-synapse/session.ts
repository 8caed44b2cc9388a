import { z } from 'zod';
import type { FixtureHttp } from '../fixtures.ts';
import type { SpecAnswer, SpecRequest } from '../spec-http.ts';
import { loginBody, type Account } from './accounts.ts';

const sessionSchema = z.looseObject({ access_token: z.string(), user_id: z.string() });

/** Someone who is signed in. Paths are those below `/_matrix/client/v3`, or absolute ones. */
export interface Session {
  readonly userId: string;
  readonly get: (path: string) => Promise<SpecAnswer>;
  /** Tried again while the app cannot take it (spec R-30). */
  readonly write: (method: 'POST' | 'PUT', path: string, body: unknown) => Promise<unknown>;
  readonly upload: (path: string, type: string, body: Uint8Array) => Promise<unknown>;
}

export function signInByPassword(http: FixtureHttp, account: Account): Promise<Session> {
  return signIn(http, loginBody(account));
}

/** With the token that a single sign-on ended with. */
export function signInByToken(http: FixtureHttp, token: string): Promise<Session> {
  return signIn(http, JSON.stringify({ type: 'm.login.token', token }));
}

async function signIn(http: FixtureHttp, body: string): Promise<Session> {
  const login = await http.retryWrites('/_matrix/client/v3/login', () => ({ method: 'POST', body }));
  const { access_token: token, user_id: userId } = sessionSchema.parse(login.json());
  const authorization = `Bearer ${token}`;
  const full = (path: string) => (path.startsWith('/_matrix/') ? path : `/_matrix/client/v3${path}`);
  const send = async (path: string, request: SpecRequest) => {
    const headers = { authorization, ...request.headers };
    return (await http.retryWrites(full(path), () => ({ ...request, headers }))).json();
  };
  return {
    userId,
    get: (path) => http.get(full(path), { authorization }),
    write: (method, path, content) => send(path, { method, body: JSON.stringify(content) }),
    upload: (path, type, content) =>
      send(path, { method: 'POST', headers: { 'content-type': type }, body: content }),
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { readAs, type Ask, type ProviderAnswer, type Question } from './ask-provider.ts';

export interface Administrator {
  readonly username: string;
  readonly password: string;
}

/** Speaks to the admin API as the administrator. */
export interface KeycloakSession {
  /** Like `Ask`, with a token that is in force. */
  readonly ask: Ask;
  /** The next request gets a new token. */
  readonly forget: () => void;
}

const TOKEN = '/realms/master/protocol/openid-connect/token';
/** A token is not used in its last seconds: the request has a way to go. */
const SPARE_MS = 10_000;
const PAUSE_MS = 500;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * Signs in by password as `admin-cli` of the realm master. Tokens of it live for 60 seconds, so they are renewed on the
 * way. Keycloak answers before it has made the administrator of its first boot; so a refusal is tried again until
 * `patienceMs` are over.
 */
export function createKeycloakSession(
  ask: Ask,
  administrator: Administrator,
  patienceMs: number,
): KeycloakSession {
  let token: { readonly value: string; readonly until: number } | undefined;

  const signIn = async (): Promise<string> => {
    if (token && performance.now() < token.until) return token.value;
    const asked = performance.now();
    const { access_token, expires_in } = readAs(
      tokenSchema,
      await askForToken(ask, administrator, patienceMs),
    );
    token = { value: access_token, until: asked + expires_in * 1000 - SPARE_MS };
    return access_token;
  };

  const askAsAdministrator = async (path: string, question: Question): Promise<ProviderAnswer> => {
    const first = await ask(path, {
      ...question,
      token: await signIn(),
      accept: [...question.accept, 401],
    });
    if (first.status !== 401) return first;
    // Restarted with other keys, or its clock differs from ours.
    token = undefined;
    return ask(path, { ...question, token: await signIn() });
  };

  return { ask: askAsAdministrator, forget: () => void (token = undefined) };
}

async function askForToken(
  ask: Ask,
  { username, password }: Administrator,
  patienceMs: number,
): Promise<ProviderAnswer> {
  const form = { grant_type: 'password', client_id: 'admin-cli', username, password };
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask(TOKEN, { method: 'POST', form, accept: [200, 401] });
    if (answer.status === 200) return answer;
    if (performance.now() + PAUSE_MS >= end) {
      throw new CodedError('E_SSO_REFUSED', `the administrator ${username} may not sign in: status 401`);
    }
    await delay(PAUSE_MS);
  }
}

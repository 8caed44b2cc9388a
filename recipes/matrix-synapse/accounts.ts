import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { AppContext, RecipeContext } from '../../domain/recipe-context.ts';
import { retryWrites } from '../retry-writes.ts';
import type { SpecHttp } from '../spec-http.ts';
import { askInContainer } from './in-container.ts';

/** Part of a user's name before the colon, and the password. */
export interface Account {
  readonly name: string;
  readonly password: string;
}

const REGISTER = '/_synapse/admin/v1/register';
const offerSchema = z.looseObject({ nonce: z.string() });
const refusalSchema = z.looseObject({ errcode: z.string() });

/** The users who talk in the specs; these know the seed of the run, and through it the passwords. */
export function talkers(marker: string): readonly [Account, Account] {
  const account = (name: string) => {
    const password = createHash('sha256').update(`${marker} ${name}`).digest('hex');
    return { name, password };
  };
  return [account('ci-anna'), account('ci-bert')];
}

/**
 * Registers a user by the secret that administrators share with the server (spec H-14): nobody can register on their
 * own, and no router publishes the way to do it for them (F-17, F-18). A user who is there already stays as he is.
 */
export async function register(
  context: Pick<RecipeContext, 'exec' | 'secret' | 'log'>,
  { name, password }: Account,
): Promise<void> {
  const secret = await context.secret('registration_secret');
  const send: SpecHttp['request'] = async (path) => {
    const offer = await askInContainer(context, path);
    if (offer.status !== 200) return offer;
    const { nonce } = offerSchema.parse(offer.json());
    const words = [nonce, name, password, 'notadmin'];
    const mac = createHmac('sha1', secret).update(words.join('\0')).digest('hex');
    // Otherwise the answer would hold a token.
    const details = { nonce, username: name, password, admin: false, mac, inhibit_login: true };
    const answer = await askInContainer(context, path, JSON.stringify(details));
    // This step has been here before: its worker crashed, or the answer was lost.
    return isTaken(answer) ? { ...answer, status: 200 } : answer;
  };
  await retryWrites(send, REGISTER, () => ({}), { onRetry: context.log });
}

function isTaken(answer: Awaited<ReturnType<SpecHttp['request']>>): boolean {
  if (answer.status !== 400) return false;
  const refusal = refusalSchema.safeParse(answer.json());
  return refusal.success && refusal.data.errcode === 'M_USER_IN_USE';
}

/** What a client sends to sign an account in. */
export function loginBody({ name, password }: Account): string {
  const identifier = { type: 'm.id.user', user: name };
  return JSON.stringify({ type: 'm.login.password', identifier, password });
}

export function userId({ name }: Pick<Account, 'name'>, { domain }: Pick<AppContext, 'domain'>): string {
  return `@${name}:${domain}`;
}

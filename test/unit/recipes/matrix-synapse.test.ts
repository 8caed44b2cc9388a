import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RecipeContext } from '../../../domain/recipe-context.ts';
import { register } from '../../../recipes/matrix-synapse/accounts.ts';

const SECRET = 'shared by administrators and the server';
const ACCOUNT = { name: 'ci-anna', password: 'not "for" arguments' };

type Reply = readonly [status: number, body?: unknown];

/** A container of Synapse that gives a nonce for a question, and for an account what the script says, the last for ever. */
function container(...replies: Reply[]) {
  const commands: string[] = [];
  const accounts: Record<string, unknown>[] = [];
  const logged: string[] = [];
  let offers = 0;
  const context: Pick<RecipeContext, 'exec' | 'secret' | 'log'> = {
    secret: () => Promise.resolve(SECRET),
    log: (line) => logged.push(line),
    exec: (service, argv, { input = '' } = {}) => {
      commands.push(`${service}: ${argv.join(' ')}`);
      const [, quoted] = /^data-raw = (.*)$/m.exec(input) ?? [];
      if (quoted === undefined) return answer(200, { nonce: `nonce ${(offers += 1)}` });
      // curl's quotes are those of JSON as far as these go.
      accounts.push(JSON.parse(JSON.parse(quoted) as string) as Record<string, unknown>);
      const [status, body = {}] = replies[Math.min(accounts.length, replies.length) - 1] ?? [200];
      return answer(status, body);
    },
  };
  return { context, commands, accounts, logged };
}

function answer(status: number, body: unknown) {
  return Promise.resolve({ exitCode: 0, stdout: `${JSON.stringify(body)}\n${status}`, stderr: '' });
}

describe('the registration of a user by the administrators of Synapse', () => {
  it('proves by a MAC over a fresh nonce for each attempt that it knows the secret [H-14]', async () => {
    const { context, accounts, logged } = container([500], [200]);
    await register(context, ACCOUNT);
    expect(accounts.map(({ nonce }) => nonce)).toEqual(['nonce 1', 'nonce 2']);
    for (const { nonce, mac } of accounts) {
      const words = `${String(nonce)}\0${ACCOUNT.name}\0${ACCOUNT.password}\0notadmin`;
      expect(mac).toBe(createHmac('sha1', SECRET).update(words).digest('hex'));
    }
    expect(logged).toEqual([expect.stringContaining('status 500')]);
  });

  it('fails at once when it is refused, except for a user who is there already [H-14]', async () => {
    const refused = container([403, { errcode: 'M_FORBIDDEN' }], [200]);
    await expect(register(refused.context, ACCOUNT)).rejects.toThrow('refused what was written: status 403');
    expect(refused.accounts).toHaveLength(1);
    const known = container([400, { errcode: 'M_USER_IN_USE' }]);
    await expect(register(known.context, ACCOUNT)).resolves.toBeUndefined();
  });

  it('asks inside of the container, where the API is that no router publishes [F-18]', async () => {
    const { context, commands } = container([200]);
    await register(context, ACCOUNT);
    expect(commands).toHaveLength(2);
    expect(commands.every((line) => line.startsWith('app: curl '))).toBe(true);
    expect(commands.join()).not.toContain(ACCOUNT.password);
    expect(commands.join()).not.toContain(SECRET);
  });
});

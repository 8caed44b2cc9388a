import { z } from 'zod';
import { expect, test } from '../fixtures.ts';

const flowsSchema = z.looseObject({ flows: z.array(z.looseObject({ type: z.string() })) });

test('lets people sign in with a password', async ({ http }) => {
  const { flows } = flowsSchema.parse((await http.get('/_matrix/client/v3/login')).json());
  expect(flows.map(({ type }) => type)).toContain('m.login.password');
});

test('lets nobody register on their own', async ({ http }) => {
  const body = JSON.stringify({ username: 'ci-nobody', password: crypto.randomUUID() });
  const answer = await http.request('/_matrix/client/v3/register', { method: 'POST', body });
  expect(answer.status).toBe(403);
  expect(answer.json()).toMatchObject({ errcode: 'M_FORBIDDEN' });
});

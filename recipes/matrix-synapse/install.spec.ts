import { z } from 'zod';
import { expect, isIngressNotFound, test } from '../fixtures.ts';

const flowsSchema = z.looseObject({ flows: z.array(z.looseObject({ type: z.string() })) });

test('lets people sign in with a password', async ({ http }) => {
  const { flows } = flowsSchema.parse((await http.get('/_matrix/client/v3/login')).json());
  expect(flows.map(({ type }) => type)).toContain('m.login.password');
});

test('lets nobody register on their own [F-17]', async ({ http }) => {
  const body = JSON.stringify({ username: 'ci-nobody', password: crypto.randomUUID() });
  const answer = await http.request('/_matrix/client/v3/register', { method: 'POST', body });
  expect(answer.status).toBe(403);
  expect(answer.json()).toMatchObject({ errcode: 'M_FORBIDDEN' });
});

test('does not publish the API of its administrators [F-18]', async ({ http }) => {
  for (const path of ['/_synapse/admin/v1/register', '/_synapse/admin/v1/server_version']) {
    const answer = await http.get(path);
    expect(
      isIngressNotFound(answer),
      `${path} answers ${answer.status}: ${answer.text().slice(0, 200)}`,
    ).toBe(true);
  }
});

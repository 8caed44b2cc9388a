import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { expect, test } from '../../fixtures.ts';
import { ADMIN } from '../accounts.ts';
import { adminApi } from '../api.ts';

const tokenSchema = z.object({ id: z.number(), sha1: z.string(), scopes: z.array(z.string()) });
const applicationSchema = z.object({ id: z.number(), client_id: z.string(), client_secret: z.string() });

test('gives tokens that may do what they were made for, and nothing else', async ({ http, marker }) => {
  const send = adminApi(http, marker);
  const wish = { name: `reader-${randomUUID()}`, scopes: ['read:user'] };
  const made = await send('POST', `/users/${ADMIN}/tokens`, wish);
  expect(made.status).toBe(201);
  const token = tokenSchema.parse(made.json());
  expect(token.scopes).toEqual(['read:user']);
  const authorization = `token ${token.sha1}`;

  const own = await send('GET', '/user', undefined, { authorization });
  expect([own.status, own.json()]).toEqual([200, expect.objectContaining({ login: ADMIN })]);
  const name = `refused-${randomUUID().slice(0, 8)}`;
  expect((await send('POST', '/user/repos', { name }, { authorization })).status).toBe(403);
  expect((await send('GET', `/repos/${ADMIN}/${name}`)).status).toBe(404);

  expect((await send('DELETE', `/users/${ADMIN}/tokens/${token.id}`)).status).toBe(204);
  expect((await send('GET', '/user', undefined, { authorization })).status).toBe(401);
});

test('lets programs be registered that sign their users in here', async ({ http, marker }) => {
  const send = adminApi(http, marker);
  const redirect = 'https://drone.example.org/login';
  const wish = { name: `program ${randomUUID()}`, redirect_uris: [redirect], confidential_client: true };
  const made = await send('POST', '/user/applications/oauth2', wish);
  expect(made.status).toBe(201);
  expect(made.json()).toMatchObject(wish);
  const program = applicationSchema.parse(made.json());
  expect(program.client_secret).not.toBe('');

  const ask = (clientId: string) =>
    http.get(
      `/login/oauth/authorize?response_type=code&client_id=${clientId}&redirect_uri=${encodeURIComponent(redirect)}`,
    );
  // Who is not signed in is asked to, and comes back with the same question.
  const asked = await ask(program.client_id);
  expect([asked.status, asked.headers['location']]).toEqual([303, expect.stringMatching(/\/user\/login/)]);

  expect((await send('DELETE', `/user/applications/oauth2/${program.id}`)).status).toBe(204);
});

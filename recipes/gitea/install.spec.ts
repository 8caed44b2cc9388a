import { expect, gotoWithRetry, test } from '../fixtures.ts';
import { ADMIN } from './accounts.ts';
import { adminApi } from './api.ts';

test('says that it, its database and its cache work', async ({ http }) => {
  const answer = await http.get('/api/healthz');
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({
    status: 'pass',
    checks: { 'database:ping': [{ status: 'pass' }], 'cache:ping': [{ status: 'pass' }] },
  });
});

test('names itself by the domain that it has', async ({ app, http }) => {
  const document = await http.get('/.well-known/openid-configuration');
  expect(document.json()).toMatchObject({
    issuer: app.url.replace(/\/$/, ''),
    authorization_endpoint: `${app.url}login/oauth/authorize`,
  });
});

test('shows a form for signing in, and none for registering', async ({ app, page }) => {
  await gotoWithRetry(page, new URL('/user/login', app.url).href);
  await expect(page.locator('form[action="/user/login"] input[name="password"]')).toBeVisible();
  await gotoWithRetry(page, new URL('/user/sign_up', app.url).href);
  await expect(page).toHaveTitle(/Register/);
  await expect(page.locator('input[name="password"]')).toHaveCount(0);
});

test('has an administrator who signs in with the password, and with no other', async ({ http, marker }) => {
  const send = adminApi(http, marker);
  const own = await send('GET', '/user');
  expect([own.status, own.json()]).toEqual([200, expect.objectContaining({ login: ADMIN, is_admin: true })]);
  const wrong = Buffer.from(`${ADMIN}:not-${marker.seed}`).toString('base64');
  const refused = await send('GET', '/user', undefined, { authorization: `Basic ${wrong}` });
  expect(refused.status).toBe(401);
  expect((await send('GET', '/user', undefined, {})).status).toBe(401);
});

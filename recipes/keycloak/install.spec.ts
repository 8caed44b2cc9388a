import { expect, gotoWithRetry, test } from '../fixtures.ts';
import { discover } from '../oidc.ts';

test('is the issuer of its first realm under its public name', async ({ app, http }) => {
  const { issuer, ...endpoints } = await discover(http, `${app.url}realms/master`);
  expect(issuer).toBe(`${app.url}realms/master`);
  expect(Object.keys(endpoints).length).toBeGreaterThan(5);
  for (const [name, url] of Object.entries(endpoints))
    expect(url, name).toMatch(new RegExp(`^${app.url}realms/master/`));
});

test('shows its administrator where to sign in, without errors', async ({ app, page, consoleErrors }) => {
  await gotoWithRetry(page, new URL('/admin/', app.url).href);
  // The console is loaded first, and asks who is there.
  await expect(page.locator('#username')).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('#password')).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/realms/master/protocol/openid-connect/auth');
  expect(consoleErrors).toEqual([]);
});

test('knows no realm that nobody made', async ({ http }) => {
  const answer = await http.get(`/realms/missing-${crypto.randomUUID()}`);
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({ error: 'Realm does not exist' });
});

import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { signInWithBrowser } from '../../oidc.ts';
import { adminApi } from '../api.ts';
import { SOURCE } from '../sign-in-source.ts';

test('signs a user of Keycloak in, who has an account from then on', async ({
  app,
  http,
  marker,
  page,
  sso,
}) => {
  const send = adminApi(http, marker);
  const { username, email } = sso.user;
  expect((await send('GET', `/users/${username}`)).status).toBe(404);

  await gotoWithRetry(page, new URL('/user/login', app.url).href);
  await page.locator(`a[href="/user/oauth2/${SOURCE}"]`).click();
  const wrong = signInWithBrowser(page, sso, { password: `not-${sso.user.password}` });
  await expect(wrong).rejects.toThrow('the provider refused');
  expect((await send('GET', `/users/${username}`)).status).toBe(404);

  await signInWithBrowser(page, sso);
  await page.waitForURL((url) => url.origin === new URL(app.url).origin);
  await gotoWithRetry(page, new URL('/user/settings', app.url).href);
  await expect(page.locator('input[name="name"]')).toHaveValue(username);
  await expect(page.locator('a[href="/user/logout"]').first()).toBeAttached();

  const account = await send('GET', `/users/${username}`);
  expect(account.json()).toMatchObject({ login: username, email, is_admin: false });
  // It is Keycloak's account: the number of the source is not that of Gitea's own.
  expect(account.json()).not.toMatchObject({ source_id: 0 });
});

import type { Page } from '@playwright/test';
import type { SsoFacts } from '../../../domain/sso.ts';
import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { adminApi } from '../api.ts';
import { SOURCE } from '../sign-in-source.ts';

/** Fills in Keycloak's form, which must be the provider's own. */
async function signInAtProvider(page: Page, sso: SsoFacts, password = sso.user.password): Promise<void> {
  await page.waitForURL((url) => url.origin === new URL(sso.issuer).origin);
  await page.locator('#username').fill(sso.user.username);
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
}

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
  await signInAtProvider(page, sso, `not-${sso.user.password}`);
  await expect(page.locator('#input-error, .kc-feedback-text').first()).toBeVisible();
  expect((await send('GET', `/users/${username}`)).status).toBe(404);

  await signInAtProvider(page, sso);
  await page.waitForURL((url) => url.origin === new URL(app.url).origin);
  await gotoWithRetry(page, new URL('/user/settings', app.url).href);
  await expect(page.locator('input[name="name"]')).toHaveValue(username);
  await expect(page.locator('a[href="/user/logout"]').first()).toBeAttached();

  const account = await send('GET', `/users/${username}`);
  expect(account.json()).toMatchObject({ login: username, email, is_admin: false });
  // It is Keycloak's account: the number of the source is not that of Gitea's own.
  expect(account.json()).not.toMatchObject({ source_id: 0 });
});

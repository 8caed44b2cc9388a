import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { REALM, realmSecrets, USERNAME } from '../marker-realm.ts';

test('lets the account in by the login page in a browser, with the right password only', async ({
  app,
  page,
  marker,
}) => {
  test.slow();
  const { password } = realmSecrets(marker.value);
  await gotoWithRetry(page, new URL(`/realms/${REALM}/account/`, app.url).href);
  // The console is loaded first, and asks who is there.
  await expect(page.locator('#kc-page-title')).toBeVisible({ timeout: 60_000 });
  await page.locator('#username').fill(USERNAME);
  await page.locator('#password').fill(`${password}x`);
  await page.locator('#kc-login').click();
  await expect(page.getByText('Invalid username or password.')).toBeVisible({ timeout: 30_000 });
  await expect(page).toHaveURL(/\/login-actions\/authenticate\?/);

  await page.locator('#username').fill(USERNAME);
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
  // The console asks the server for the account, with a token that the browser got.
  await expect(page.locator('#lastName')).toHaveValue(marker.value, { timeout: 60_000 });
  await expect(page).toHaveURL(new RegExp(`^${app.url}realms/${REALM}/account/`));
});

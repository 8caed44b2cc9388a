import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { signInWithBrowser } from '../../oidc.ts';
import { realmFacts } from '../sign-in.ts';

test('lets the account in by the login page in a browser, with the right password only', async ({
  app,
  page,
  marker,
}) => {
  test.slow();
  const realm = realmFacts(marker, app.domain);
  const account = new URL(`${realm.issuer}/account/`);
  // The console is loaded first, and asks who is there.
  await gotoWithRetry(page, account.href);
  const wrong = signInWithBrowser(page, realm, { password: `${realm.user.password}x` });
  await expect(wrong).rejects.toThrow('Invalid username or password');

  await signInWithBrowser(page, realm);
  // The console asks the server for the account, with a token that the browser got.
  await expect(page.locator('#lastName')).toHaveValue(marker.value, { timeout: 60_000 });
  expect(new URL(page.url()).pathname).toBe(account.pathname);
});

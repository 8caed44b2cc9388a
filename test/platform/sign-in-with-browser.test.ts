import { chromium, type Browser, type BrowserContext } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeycloak } from '../../activities/sso/keycloak.ts';
import { fetchThroughIngress } from '../../activities/support/ingress-http.ts';
import { effectiveEnvironment } from '../../client/config.ts';
import type { SsoFacts } from '../../domain/sso.ts';
import { gotoWithRetry } from '../../recipes/goto-with-retry.ts';
import { signInWithBrowser } from '../../recipes/oidc.ts';
import { makeCertificates, ZONE } from '../fixtures/https-server.ts';
import { ADMIN, KEYCLOAK, startKeycloak, type KeycloakDouble } from '../fixtures/keycloak-double.ts';
import type { DoubleReply, DoubleRequest } from '../fixtures/provider-double.ts';
import { APP, REALM, WISH } from '../unit/sso/sample-wish.ts';

const ORIGIN = `https://${KEYCLOAK}`;
let double: KeycloakDouble;
let browser: Browser;
let context: BrowserContext;
let sso: SsoFacts;

/** An app whose front page leads to the provider, and one that only looks like a login page. */
function app({ path, query }: DoubleRequest): DoubleReply {
  if (path === '/false') return { status: 200, html: '<input id="username"><input id="password">' };
  if (path === '/callback') return { status: 200, html: `<p>code: ${query.has('code')}</p>` };
  const asked = new URLSearchParams({
    client_id: 'cc-ci',
    redirect_uri: `https://${APP}/callback`,
    state: 's',
  });
  const location = `${ORIGIN}/realms/${REALM}/protocol/openid-connect/auth?${asked.toString()}`;
  return { status: 302, headers: { location } };
}

beforeAll(async () => {
  double = await startKeycloak(await makeCertificates(), app);
  const keycloak = createKeycloak((url, request) => fetchThroughIngress(double.ingress, url, request), {
    baseUrl: ORIGIN,
    ...ADMIN,
  });
  sso = await keycloak.ensureRealm(WISH);
  browser = await chromium.launch({
    executablePath: effectiveEnvironment(process.env)['CCI_BROWSER'] ?? '/usr/bin/chromium',
    chromiumSandbox: false,
    args: [`--host-resolver-rules=MAP *.${ZONE}:443 127.0.0.1:${double.ingress.port}`],
  });
});
afterAll(async () => {
  await browser.close();
  await double[Symbol.asyncDispose]();
});
beforeEach(async () => {
  context = await browser.newContext({ ignoreHTTPSErrors: true });
});
afterEach(() => context.close());

describe('signInWithBrowser', () => {
  it("fills in the provider's page and comes back to the app with a code [H-12]", async () => {
    const page = await context.newPage();
    await gotoWithRetry(page, `https://${APP}/`);
    await signInWithBrowser(page, sso);
    expect(new URL(page.url()).pathname).toBe('/callback');
    expect(await page.locator('p').innerText()).toBe('code: true');
  });

  it('tells what the page says when the password is wrong [H-12]', async () => {
    const page = await context.newPage();
    await gotoWithRetry(page, `https://${APP}/`);
    const signingIn = signInWithBrowser(page, sso, { password: 'wrong' });
    await expect(signingIn).rejects.toThrow('the provider refused tester: Invalid username or password.');
  });

  it('gives the password to no other page that asks for one', async () => {
    const page = await context.newPage();
    await gotoWithRetry(page, `https://${APP}/false`);
    const signingIn = signInWithBrowser(page, sso);
    await expect(signingIn).rejects.toThrow(
      `the login page is at https://${APP}/false, expected ${sso.issuer}`,
    );
    expect(await page.locator('#password').inputValue()).toBe('');
  });
});

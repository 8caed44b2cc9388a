import type { Page } from '@playwright/test';
import type { SsoFacts } from '../domain/sso.ts';
import { isLoginAddress } from './keycloak-login.ts';

export interface BrowserSignInOptions {
  /** Another password than the user's, for an attempt that must fail. */
  readonly password?: string;
  /** Bound on each step, in ms; 60,000 when absent. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/**
 * Fills in Keycloak's login page, to which the app has led or is about to lead, and returns when the browser has left it
 * again. Fields are found by their ids, which all themes keep; a theme may ask for the password on a second page. Throws
 * what the page says when the provider refuses.
 */
export async function signInWithBrowser(
  page: Page,
  sso: SsoFacts,
  options: BrowserSignInOptions = {},
): Promise<void> {
  if (sso.provider !== 'keycloak') throw new Error(`the login page of ${sso.provider} is not known`);
  const timeout = options.timeoutMs ?? TIMEOUT_MS;
  const button = page.locator('#kc-login');
  const password = page.locator('#password');
  await page.locator('#username').fill(sso.user.username, { timeout });
  // What is typed is for the provider alone, whatever page has fields of these names.
  const at = new URL(page.url());
  if (!isLoginAddress(at, sso.issuer))
    throw new Error(`the login page is at ${at.origin}${at.pathname}, expected ${sso.issuer}`);
  if (!(await password.isVisible())) await button.click({ timeout });
  await password.fill(options.password ?? sso.user.password, { timeout });
  await button.click({ timeout });
  const refusal = page.locator('#input-error, #input-error-username, #input-error-password, .alert-error');
  const left = page.waitForURL((url) => !isLoginAddress(url, sso.issuer), { timeout, waitUntil: 'commit' });
  const refused = refusal.first().waitFor({ state: 'visible', timeout });
  // The one that does not come about ends with an error of its own, later.
  refused.catch(() => undefined);
  left.catch(() => undefined);
  const outcome = await Promise.race([
    left.then(() => undefined),
    refused.then(
      () => refusal.first().innerText({ timeout }),
      () => left.then(() => undefined),
    ),
  ]);
  if (outcome !== undefined) throw new Error(`the provider refused ${sso.user.username}: ${outcome.trim()}`);
}

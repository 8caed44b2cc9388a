/** What specs use to sign in and to look at tokens (docs/sso.md). */
export { createCookieSession } from './cookie-session.ts';
export { discover } from './oidc-discovery.ts';
export { clientCredentials, passwordGrant } from './oidc-grants.ts';
export { authorizationCode, loginOverHttp } from './oidc-login.ts';
export { verifyToken } from './oidc-token.ts';
export { signInWithBrowser } from './sign-in-with-browser.ts';

/** Whether an address is one at which a realm of Keycloak signs its users in, and not one to which they are led back. */
export function isLoginAddress(url: URL, issuer: string): boolean {
  const { host, pathname } = new URL(issuer);
  const [auth, actions] = [`${pathname}/protocol/openid-connect/auth`, `${pathname}/login-actions/`];
  return url.host === host && (url.pathname === auth || url.pathname.startsWith(actions));
}

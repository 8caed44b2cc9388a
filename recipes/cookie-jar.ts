interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Sent to this host alone, because the header named no domain. */
  readonly hostOnly: boolean;
  readonly path: string;
  /** Milliseconds since 1970; undefined: for as long as the session lasts. */
  readonly expires: number | undefined;
}

/** Cookies as RFC 6265 has them, without SameSite and lists of public suffixes: all hosts are those of one run. */
export interface CookieJar {
  readonly store: (url: URL, setCookies: readonly string[]) => void;
  /** Value for the header `Cookie`; empty when no cookie is for this address. */
  readonly header: (url: URL) => string;
  readonly value: (name: string, url: URL) => string | undefined;
}

export function createCookieJar(now: () => number = Date.now): CookieJar {
  let cookies: readonly Cookie[] = [];
  const fitting = (url: URL) =>
    cookies
      .filter((cookie) => (cookie.expires ?? Infinity) > now() && isFor(cookie, url))
      // Longer paths first, else in the order in which they came (RFC 6265, 5.4).
      .sort((one, other) => other.path.length - one.path.length);
  return {
    store: (url, setCookies) => {
      for (const text of setCookies) {
        const cookie = readCookie(text, url, now());
        if (!cookie) continue;
        // A cookie that has expired removes its namesake.
        cookies = [...cookies.filter((old) => !isSame(old, cookie)), cookie];
      }
    },
    header: (url) =>
      fitting(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    value: (name, url) => fitting(url).find((cookie) => cookie.name === name)?.value,
  };
}

/** A cookie of a `Set-Cookie` header (RFC 6265, 5.2); undefined when it is malformed or meant for another host. */
function readCookie(text: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...parts] = text.split(';');
  const at = pair.indexOf('=');
  if (at < 1) return undefined;
  const attributes = new Map(
    parts.map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? '';
  if (domain !== '' && !isBelow(url.hostname, domain)) return undefined;
  const path = attributes.get('path') ?? '';
  return {
    name: pair.slice(0, at).trim(),
    value: pair.slice(at + 1).trim(),
    domain: domain || url.hostname,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url),
    expires: expiryOf(attributes, now),
  };
}

function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000;
  const expires = Date.parse(attributes.get('expires') ?? '');
  return Number.isNaN(expires) ? undefined : expires;
}

function isFor({ domain, hostOnly, path }: Cookie, url: URL): boolean {
  if (hostOnly ? url.hostname !== domain : !isBelow(url.hostname, domain)) return false;
  return url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function isBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function isSame(one: Cookie, other: Cookie): boolean {
  return one.name === other.name && one.domain === other.domain && one.path === other.path;
}

function defaultPath({ pathname }: URL): string {
  const end = pathname.lastIndexOf('/');
  return end <= 0 ? '/' : pathname.slice(0, end);
}

/** Why an image could not be pulled, by whose fault it is. */
export type PullFailure = 'unknown' | 'auth' | 'limit' | 'down';

/** A reference without tag and digest, in full: `nginx:1.29` is `docker.io/library/nginx`. */
export function repositoryOf(reference: string): string {
  const { registry, path } = splitReference(reference);
  return `${registry}/${path}`;
}

/** The parts of an image reference, as Docker completes them. */
export function splitReference(reference: string): { registry: string; path: string; version: string } {
  const [named = '', digest] = reference.split('@', 2);
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const hasRegistry = slash > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : 'docker.io';
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const name = tagged ? rest.slice(0, colon) : rest;
  const path = registry === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  return { registry, path, version: digest ?? (tagged ? rest.slice(colon + 1) : 'latest') };
}

/** Texts of dockerd and containerd, as they were seen from version 20 to 28; the first that matches counts. */
const TEXTS: readonly (readonly [RegExp, PullFailure | 'unclear'])[] = [
  [/toomanyrequests|too many requests|\b429\b|rate limit/i, 'limit'],
  [
    /manifest unknown|name unknown|no matching manifest|invalid reference format|manifest for .* not found/i,
    'unknown',
  ],
  [
    /connection refused|no such host|i\/o timeout|timed? ?out|deadline exceeded|handshake|no route|network is unreachable|connection reset|EOF|x509|server misbehaving|50[0234]\b|service unavailable|bad gateway|canceled while/i,
    'down',
  ],
  // Docker Hub answers "denied" for a repository that does not exist as well.
  [/denied|unauthorized|authentication required|no basic auth|\b40[13]\b|not found/i, 'unclear'],
];

/** What the daemon's text says; `unclear` when it says the same for several causes. */
export function classifyPullFailure(text: string): PullFailure | 'unclear' {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unclear';
}

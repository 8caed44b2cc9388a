/** Why an image could not be pulled, by whose fault it is. */
export type PullFailure = 'unknown' | 'auth' | 'limit' | 'down';

/**
 * Texts of dockerd and containerd, as they were seen from version 20 to 28; the first that matches counts. Digits of a port,
 * a tag or a name are no status.
 */
const TEXTS: readonly (readonly [RegExp, PullFailure | 'unclear'])[] = [
  [/toomanyrequests|too many requests|(?<![:.\w-])429\b|rate limit/i, 'limit'],
  [
    /manifest unknown|name unknown|no matching manifest|invalid reference format|manifest for .* not found/i,
    'unknown',
  ],
  [
    /connection refused|no such host|i\/o timeout|timed? ?out|deadline exceeded|handshake|no route|network is unreachable|connection reset|EOF|x509|server misbehaving|(?<![:.\w-])50[0234]\b|service unavailable|bad gateway|canceled while/i,
    'down',
  ],
  // Docker Hub answers "denied" for a repository that does not exist as well.
  [/denied|unauthorized|authentication required|no basic auth|(?<![:.\w-])40[13]\b|not found/i, 'unclear'],
];

/** What the daemon's text says; `unclear` when it says the same for several causes. */
export function classifyPullFailure(text: string): PullFailure | 'unclear' {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unclear';
}

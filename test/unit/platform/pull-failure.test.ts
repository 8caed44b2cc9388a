import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../activities/platform/swarm/ask-registry.ts';
import { classifyPullFailure } from '../../../activities/platform/swarm/pull-failure.ts';
import { splitReference } from '../../../domain/image-reference.ts';

describe('the text of a failed pull', () => {
  it.each([
    ['manifest for nginx:9 not found: manifest unknown: manifest unknown', 'unknown'],
    [
      'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating',
      'limit',
    ],
    ['unexpected status from HEAD request to https://x/v2/a/manifests/1: 429 Too Many Requests', 'limit'],
    ['Get "https://x/v2/": dial tcp 10.0.0.1:443: connect: connection refused', 'down'],
    ['Get "https://x/v2/": dial tcp: lookup x on 127.0.0.53:53: no such host', 'down'],
    ['Get "https://x/v2/": net/http: TLS handshake timeout', 'down'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'down'],
    ["pull access denied for a/b, repository does not exist or may require 'docker login'", 'unclear'],
    ['Head "https://x/v2/a/manifests/1": no basic auth credentials', 'unclear'],
    ['pull access denied for 127.0.0.1:45503/hidden, repository does not exist', 'unclear'],
    ['Head "http://127.0.0.1:429/v2/a/manifests/v1.500": no basic auth credentials', 'unclear'],
    ['something nobody has seen', 'unclear'],
  ])('%s is %s [R-78 O-59]', (text, expected) => {
    expect(classifyPullFailure(`Error response from daemon: ${text}`)).toBe(expected);
  });
});

describe('an image reference', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', 'latest'],
    ['nginx:1.29', 'docker.io', 'library/nginx', '1.29'],
    ['bitnami/discourse:3', 'docker.io', 'bitnami/discourse', '3'],
    ['127.0.0.1:5000/library/nginx', '127.0.0.1:5000', 'library/nginx', 'latest'],
    ['localhost/a:1', 'localhost', 'a', '1'],
    ['ghcr.io/a/b:v1@sha256:00', 'ghcr.io', 'a/b', 'sha256:00'],
  ])('%s is completed as Docker does', (reference, registry, path, version) => {
    expect(splitReference(reference)).toEqual({ registry, path, version });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is understood', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

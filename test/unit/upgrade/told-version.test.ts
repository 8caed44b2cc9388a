import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../domain/http.ts';
import { isToldVersion, toldVersion, upstreamPart } from '../../../domain/told-version.ts';

const answer = (body: string, headers: Record<string, string> = {}): HttpAnswer => ({
  url: 'https://site.ci.test/',
  status: 200,
  headers,
  body: new TextEncoder().encode(body),
  truncated: false,
});

describe('the version that an app tells', () => {
  it.each([
    ['1.29.1', '1.29.1'],
    ['1.29.1', '1.29.1-alpine'],
    ['v1.29.1', '1.29.1'],
    ['1.29.1', 'v1.29.1'],
    ['2024-05', '2024-05'],
    ['latest', 'latest'],
  ])('%s is the version %s', (told, upstream) => expect(isToldVersion(told, upstream)).toBe(true));

  it.each([
    ['1.29.1', '1.29.10'],
    ['1.29', '1.29.1'],
    ['1.29.1', '1.29.1rc1'],
    ['1.29.1', '1.28.1'],
    ['1.29.1-alpine', '1.29.1'],
    ['', '1.29.1'],
    ['v', '1.29.1'],
  ])('%s is not the version %s', (told, upstream) => expect(isToldVersion(told, upstream)).toBe(false));

  it('is the first group of the pattern in the body', () => {
    const place = { path: '/', pattern: '"version":"([^"]+)"' };
    expect(toldVersion(place, answer('{"version":"5.1"}'))).toBe('5.1');
    expect(toldVersion(place, answer('{"other":"5.1"}'))).toBeUndefined();
  });

  it('is the number in the header, whatever stands before it', () => {
    const place = { path: '/', header: 'Server' };
    expect(toldVersion(place, answer('', { server: 'nginx/1.29.1 (Debian)' }))).toBe('1.29.1');
    expect(toldVersion(place, answer('', { server: 'v2.0.0-rc.1' }))).toBe('v2.0.0-rc.1');
    expect(toldVersion(place, answer(''))).toBeUndefined();
  });

  it('is compared with what stands behind the plus of the tag', () => {
    expect(upstreamPart('1.11.0+1.29.0-alpine')).toBe('1.29.0-alpine');
    expect(upstreamPart('0.1.0+v2+build')).toBe('v2+build');
    for (const without of ['1.11.0', '1.11.0+']) expect(upstreamPart(without)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../domain/error-codes.ts';
import { errorFacts, type ErrorCode } from '../../../domain/errors.ts';
import {
  blockOf,
  describeBreaker,
  newsOf,
  withNews,
  type Health,
  type HealthNews,
} from '../../../domain/health.ts';

const NOW = Date.UTC(2026, 0, 1, 14, 0);
const MINUTE = 60_000;
const HUB = 'registry-1.docker.io';
const HOST_FAULT: HealthNews = { subject: 'host', fault: { code: 'E_DOCKER' } };
const HUB_FAULT: HealthNews = { subject: `registry ${HUB}`, fault: { code: 'E_REGISTRY_DOWN' } };

const after = (news: readonly HealthNews[], health: Health = []) =>
  news.reduce((known, one) => withNews(known, [one], NOW), health);

describe('what is learned from a run', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    'counts %s against the host only if it is of infrastructure [O-31 O-47]',
    (code) => {
      const news = newsOf({ verdict: 'errored', code, served: [] }, NOW);
      if (errorFacts(code).class !== 'infra') expect(news).toEqual([]);
      for (const { fault } of news) expect(fault?.code).toBe(code);
    },
  );

  it.each(['E_CERTIFICATE', 'E_REGISTRY_AUTH', 'E_LEASE_WAIT'] as const)(
    'does not wait for what waiting does not heal: %s',
    (code) => {
      expect(newsOf({ verdict: 'errored', code, served: [] }, NOW)).toEqual([]);
      const refused = { code, registry: HUB };
      expect(newsOf({ verdict: 'errored', code, served: [], refused }, NOW)).toEqual([]);
    },
  );

  it('says that host and registries work when recipe or tests were the ones to fail', () => {
    expect(newsOf({ verdict: 'failed', code: 'E_SPEC', served: [HUB] }, NOW)).toEqual([
      { subject: `registry ${HUB}` },
      { subject: 'host' },
    ]);
  });

  it('names the registry that refused with the time that it asked for, at most six hours [R-76]', () => {
    const refused = { code: 'E_REGISTRY_LIMIT', registry: HUB } as const;
    const from = (retryAfterMs?: number) =>
      newsOf(
        {
          verdict: 'errored',
          code: refused.code,
          served: [HUB, 'ghcr.io'],
          refused: { ...refused, retryAfterMs },
        },
        NOW,
      );
    expect(from()).toEqual([
      { subject: 'registry ghcr.io' },
      { subject: `registry ${HUB}`, fault: { code: 'E_REGISTRY_LIMIT' } },
    ]);
    expect(from(7000)[1]?.fault).toEqual({ code: 'E_REGISTRY_LIMIT', notBeforeMs: NOW + 7000 });
    expect(from(30 * 24 * 3_600_000)[1]?.fault?.notBeforeMs).toBe(NOW + 6 * 3_600_000);
  });
});

describe('a breaker', () => {
  it('opens for a host at the third fault in a row, and a run that works in between starts the count anew [O-47]', () => {
    expect(blockOf(after([HOST_FAULT, HOST_FAULT]), [], NOW)).toBeUndefined();
    expect(
      blockOf(after([HOST_FAULT, HOST_FAULT, { subject: 'host' }, HOST_FAULT]), [], NOW),
    ).toBeUndefined();
    expect(blockOf(after([HOST_FAULT, HOST_FAULT, HOST_FAULT]), [], NOW)).toMatchObject({ faults: 3 });
  });

  it('opens for a registry at once, for those who need that registry', () => {
    const health = after([HUB_FAULT]);
    expect(blockOf(health, [HUB], NOW)).toMatchObject({ untilMs: NOW + MINUTE });
    expect(blockOf(health, ['ghcr.io'], NOW)).toBeUndefined();
    expect(blockOf(health, [], NOW)).toBeUndefined();
  });

  it('lets a probe through when its pause is over, waits twice as long when that fails, and half an hour at most [R-76 O-29]', () => {
    let health = after([HUB_FAULT]);
    expect(blockOf(health, [HUB], NOW + MINUTE)).toBeUndefined();
    const pauses = [1, 2, 3, 4, 5, 6].map(() => {
      health = withNews(health, [HUB_FAULT], NOW);
      return ((health[0]?.untilMs ?? 0) - NOW) / MINUTE;
    });
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
    expect(withNews(health, [{ subject: `registry ${HUB}` }], NOW)).toEqual([]);
  });

  it('does not ask before the time that the registry named [F-67]', () => {
    const fault = { code: 'E_REGISTRY_LIMIT', notBeforeMs: NOW + 20 * MINUTE } as const;
    const health = after([{ subject: `registry ${HUB}`, fault }]);
    expect(blockOf(health, [HUB], NOW + 19 * MINUTE)).toBeDefined();
    expect(blockOf(health, [HUB], NOW + 20 * MINUTE)).toBeUndefined();
  });

  it('tells people what is ill and when it is tried again, of several the one that takes longest', () => {
    const limit = { code: 'E_REGISTRY_LIMIT', notBeforeMs: NOW + 5 * MINUTE } as const;
    const health = after([HOST_FAULT, HOST_FAULT, HOST_FAULT, { subject: `registry ${HUB}`, fault: limit }]);
    const told = (registries: string[]) => {
      const block = blockOf(health, registries, NOW);
      return block && describeBreaker(block, 'one');
    };
    expect(told([HUB])).toBe('registry-1.docker.io answers 429, next try at 14:05 UTC');
    expect(told([])).toBe(
      '3 runs in a row ended with E_DOCKER on host one: the Docker daemon did not answer or failed, next try at 14:01 UTC',
    );
    const down = after([HUB_FAULT])[0];
    expect(down && describeBreaker(down, 'one')).toBe(
      'registry-1.docker.io cannot be reached, next try at 14:01 UTC',
    );
  });
});

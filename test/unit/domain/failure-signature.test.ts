import { describe, expect, it } from 'vitest';
import { buildResults } from '../../../domain/build-results.ts';
import { describeSeen, failureOf, normalise, withSeen } from '../../../domain/failure-signature.ts';
import { withTeardown } from '../../../domain/with-teardown.ts';
import { sampleResults } from '../support/sample-results.ts';

const signature = (reason: string, code = 'E_CRASH_LOOP') => failureOf({ code, reason }).signature;

const crash = (
  changes: { code?: number; times?: number; at?: string; last?: string; domain?: string } = {},
) =>
  [
    `install: a service keeps exiting: app: ${changes.times ?? 3} times exit code ${changes.code ?? 1} (task: non-zero exit (1))`,
    `${changes.at ?? '2026-01-02T03:04:05.678Z'} starting on ${changes.domain ?? 'ghos-0a1b2c.ci.test'}`,
    `${changes.at ?? '2026-01-02T03:04:05.679Z'} ${changes.last ?? 'Error: connect ECONNREFUSED 10.0.3.7:3306'}`,
  ].join('\n');

describe('the signature of a failure', () => {
  it.each([
    ['at another time', crash({ at: '2026-11-21 18:48:15 +0000' })],
    ['with another count', crash({ times: 8 })],
    ['of another environment', crash({ domain: 'ghos-ffee01.ci.test' })],
    ['with another address', crash({ last: 'Error: connect ECONNREFUSED 10.0.11.42:3306' })],
  ])('is the same for a crash %s [F-59]', (_what, reason) => {
    expect(signature(reason)).toBe(signature(crash()));
  });

  it.each([
    ['another exit code', crash({ code: 137 })],
    ['other last words', crash({ last: 'MigrationsAreLockedError: Migration lock was never released' })],
    ['another stage', crash().replace('install:', 'upgrade:')],
  ])('is another for %s', (_what, reason) => {
    expect(signature(reason)).not.toBe(signature(crash()));
  });

  it('is another for another code, and does not care what stands between the first line and the last', () => {
    expect(signature(crash(), 'E_CONVERGE_TIMEOUT')).not.toBe(signature(crash()));
    expect(signature(crash().replace('starting on', 'trying'))).toBe(signature(crash()));
  });

  it.each([
    ['answers 502 instead of 200', 'answers 502 instead of 200'],
    ['took 12.5 s, 3.2 MiB', 'took <amount>, <amount>'],
    ['after 900 s at a load of 6.3 on 2 processors', 'after <amount> at a load of <n> on 2 processors'],
    ['[2026/11/21 18:48:15] [7] worker 4f2a9c1d0b5e8d41 died', '[<time>] <pid> worker <id> died'],
    ['network xk3v09q2m5p8w1z7r4t6y0abc not found', 'network <id> not found'],
    ['guard run-ghost-3f2a9c1d0b5e: 6f1c2d3e-0000-4000-8000-000000000001', 'guard run-ghost-<id>: <id>'],
    ['\u001b[31mdefaced\u001b[0m facade', 'defaced facade'],
  ])('%j counts as %j', (line, expected) => {
    expect(normalise(line)).toBe(expected);
  });
});

describe('the results', () => {
  it('carry no failure when there is none to recognise', () => {
    expect(sampleResults().failure).toBeUndefined();
    const input = {
      recipe: 'sample',
      source: '/srv/sample',
      head: '3'.repeat(40),
      ref: 'main',
      stages: ['install' as const],
      trigger: 'manual' as const,
      host: 'test',
      zone: 'ci.test',
      instance: '0a1b2c3d',
      deadlineMs: 1,
      leaseWaitMs: 1,
    };
    const built = (code: 'E_CANCELLED' | 'E_DOCKER') =>
      buildResults({
        input,
        runId: 'run-sample',
        startedAt: '2026-01-02T03:04:05.000Z',
        nowMs: Date.parse('2026-01-02T03:05:05.000Z'),
        stages: [],
        ended: { code, reason: 'so' },
        deployCount: 0,
        images: [],
      }).failure;
    expect(built('E_CANCELLED')).toBeUndefined();
    expect(built('E_DOCKER')).toEqual(failureOf({ code: 'E_DOCKER', reason: 'so' }));
  });

  it('are those of a leak when that is what they came to in the end', () => {
    const teardown = { cause: 'released', killed: 0, removed: [], passes: 3, durationMs: 1 } as const;
    const left = [{ kind: 'volume' as const, name: 'samp_db' }];
    const leaked = withTeardown(sampleResults(), { ...teardown, removed: [], left });
    expect(leaked.failure).toEqual(failureOf({ code: 'E_RESIDUE', reason: leaked.reason ?? '' }));
  });

  it('say where the failure was seen before', () => {
    const seen = { runs: 1, firstRunId: 'run-a', firstAt: '2026-11-01T10:00:00.000Z', lastRunId: 'run-a' };
    expect(withSeen(sampleResults(), seen).failure).toBeUndefined();
    const failed = sampleResults({ verdict: 'failed', failure: failureOf({ code: 'E_SPEC', reason: 'x' }) });
    expect(withSeen(failed, seen).failure?.seen).toEqual(seen);
    expect(describeSeen(seen)).toBe('the same failure as in run-a on 2026-11-01');
    expect(describeSeen({ ...seen, runs: 3, lastRunId: 'run-c' })).toBe(
      'the same failure as in 3 earlier runs, first in run-a on 2026-11-01, last in run-c',
    );
  });
});

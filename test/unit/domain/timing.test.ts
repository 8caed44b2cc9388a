import { describe, expect, it } from 'vitest';
import { describeSlow, timingOf, usualTimes } from '../../../domain/timing.ts';
import { sampleStage } from '../support/sample-results.ts';

const installs = (...seconds: number[]) =>
  seconds.map((one) => ({ stage: 'install' as const, durationMs: one * 1000 }));

describe('what is usual', () => {
  it('is told per stage in the order of the stages, in percentiles of runs that really took place', () => {
    const passed = [{ stage: 'upgrade' as const, durationMs: 7000 }, ...installs(5, 1, 4, 2, 3)];
    expect(usualTimes(passed)).toEqual([
      { stage: 'install', runs: 5, p50Ms: 3000, p95Ms: 5000 },
      { stage: 'upgrade', runs: 1, p50Ms: 7000, p95Ms: 7000 },
    ]);
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(usualTimes(installs(...hundred))).toMatchObject([{ p50Ms: 50_000, p95Ms: 95_000 }]);
    expect(usualTimes([])).toEqual([]);
  });
});

describe('a stage that passed', () => {
  const usual = usualTimes(installs(10, 11, 12, 17, 18));
  const slow = (seconds: number, times = usual) =>
    timingOf(times, [sampleStage('install', { durationMs: seconds * 1000 })])[0]?.slow;

  it('is slow when it took more than one and a half times what 95 of 100 take', () => {
    expect(slow(27)).toBe(false);
    expect(slow(27.1)).toBe(true);
  });

  it('is never slow with too little to compare with', () => {
    expect(slow(3600, usualTimes(installs(1, 1, 1, 1)))).toBe(false);
  });

  it('is the only one that is compared: a failure has a time of its own [R-60]', () => {
    expect(timingOf(usual, [sampleStage('install', { status: 'fail' }), sampleStage('upgrade')])).toEqual([]);
  });

  it('is told of with its numbers', () => {
    const [timing] = timingOf(usual, [sampleStage('install', { durationMs: 41_000 })]);
    expect(timing && describeSlow(timing)).toBe('slower than usual: 41 s, p95 18 s over 5 runs');
  });
});

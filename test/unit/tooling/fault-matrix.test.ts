import { describe, expect, it } from 'vitest';
import { nameOf, type FaultCase } from '../../fault/case.ts';
import { CASES } from '../../fault/catalogue/index.ts';
import type { JudgedCase } from '../../fault/matrix.ts';
import { middleOf } from '../../fault/middle.ts';
import { summarise, toMarkdown } from '../../fault/report.ts';
import { sample, shuffled } from '../../fault/select.ts';

const on = (platform: FaultCase['platform']) => CASES.filter((one) => one.platform === platform);

describe('the fault matrix', () => {
  it('has at least 120 cases, 60 of them on a real Swarm, each with its own name [O-49]', () => {
    expect(new Set(CASES.map(nameOf)).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(120);
    expect(on('swarm').length).toBeGreaterThanOrEqual(60);
  });

  it('knows the middle of every operation that it strikes there', () => {
    const middles = CASES.flatMap(({ at }) => (at?.moment === 'middle' ? [middleOf(at)] : []));
    expect(middles.length).toBeGreaterThan(20);
    for (const { point, afterMs } of middles) {
      expect(point.moment).toBe('before');
      expect(afterMs).toBeGreaterThan(0);
    }
  });

  it('draws the same sample for the same seed, another for another, and none that needs the machine', () => {
    const more = { dummy: 9, swarm: 2 };
    const names = (seed: string) => sample(CASES, seed, more).map(nameOf);
    expect(names('1')).toEqual(names('1'));
    expect(names('1')).not.toEqual(names('2'));
    const always = CASES.filter((one) => one.always === true);
    expect(always.length).toBeGreaterThan(8);
    const drawn = sample(CASES, '1', more);
    expect(new Set(drawn.map(nameOf)).size).toBe(always.length + 11);
    expect(always.filter((one) => !drawn.includes(one))).toEqual([]);
    expect(drawn.filter(({ alone }) => alone === true)).toEqual([]);
    expect(new Set(drawn.map(({ fault }) => fault)).size).toBeGreaterThanOrEqual(9);
  });

  it('shuffles without losing a case', () => {
    expect(shuffled(CASES, 'x').map(nameOf).sort()).toEqual(CASES.map(nameOf).sort());
  });
});

describe('the report of the fault matrix', () => {
  const [one, other] = [CASES[0]!, CASES.find(({ fault }) => fault !== CASES[0]!.fault)!];
  const judged = (of: FaultCase, recoverySeconds: number, violations: string[] = []): JudgedCase => ({
    one: of,
    verdict: 'passed',
    violations,
    recoverySeconds,
    seconds: 10,
  });

  it('counts cases once and runs each time, and every violation, those of bystanders too', () => {
    const summary = summarise(
      [judged(one, 4), judged(one, 6), judged(one, 5), judged(other, 1, ['left: volume a', 'verdict'])],
      ['volume of somebody else is gone'],
    );
    expect(summary).toMatchObject({ cases: 2, runs: 4, violations: 3 });
    expect(summary.violated).toEqual([
      { case: nameOf(other), what: ['left: volume a', 'verdict'] },
      { case: 'bystanders', what: ['volume of somebody else is gone'] },
    ]);
    const found = summary.byFault.find(({ fault }) => fault === one.fault);
    expect(found).toMatchObject({ cases: 1, runs: 3, violations: 0, recoverySeconds: { median: 5, max: 6 } });
  });

  it('has a line for every fault and for every run', () => {
    const all = [judged(one, 4.25), judged(other, 1)];
    const page = toMarkdown(summarise(all, []), all);
    expect(page).toContain(`| ${one.fault} | ${one.place} | ${one.platform} | passed | 4.3 | 0 |`);
    expect(page).toContain('2 cases, 2 runs, 0 violations.');
  });
});

import { describe, expect, it } from 'vitest';
import type { Assertion } from '../../../domain/stages.ts';
import { withinBudget } from '../../../domain/within-budget.ts';

const one = (index: number, ok: boolean, length: number): Assertion => ({
  name: `assertion ${index}`,
  ok,
  detail: 'x'.repeat(length),
});

describe('assertions within a budget', () => {
  it('stay as they are while they fit, in their order', () => {
    const all = [one(1, true, 50), one(2, false, 50), one(3, true, 50)];
    expect(withinBudget(all, 6000)).toEqual(all);
  });

  it('keep the details of those that do not hold before those that do', () => {
    const all = [one(1, true, 900), one(2, false, 900), one(3, true, 900)];
    const kept = withinBudget(all, 2000);
    expect(kept.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(kept[1]).toEqual(all[1]);
    expect(kept[2]?.detail.length).toBeLessThan(300);
  });

  it('never take more than their room, and never hide that something does not hold', () => {
    const many = Array.from({ length: 500 }, (_, index) => one(index, index % 2 === 0, 2000));
    const kept = withinBudget(many, 6000);
    expect(JSON.stringify(kept).length).toBeLessThan(9000);
    const last = kept.at(-1);
    expect(last).toMatchObject({ name: 'the other assertions hold', ok: false });
    expect(last?.detail).toMatch(/^4\d\d more, \d+ of them do not hold/);
  });
});

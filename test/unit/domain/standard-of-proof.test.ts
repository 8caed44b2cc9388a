import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../domain/results.ts';
import { proofOf } from '../../../domain/standard-of-proof.ts';

/** `a+` is a run of head a that passed, `a-` one that failed, `a?` one that errored. */
function runs(text: string) {
  const verdicts: Record<string, Verdict> = { '+': 'passed', '-': 'failed', '?': 'errored' };
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(([head = '', sign = '']) => ({ head, verdict: verdicts[sign] ?? 'cancelled' }));
}

describe('the standard of proof', () => {
  it.each([
    ['', 'a+', 1, 1, 'a first green is enough'],
    ['b- c+', 'a+', 1, 1, 'a failure of another head is no flake: it was mended'],
    ['a-', 'a+', 1, 3, 'the same head failed before: a lucky green proves little'],
    ['a+ a-', 'a+', 2, 3, 'one more is needed'],
    ['b+ a+ a-', 'c+', 3, 3, 'three in a row, of whatever heads, are enough'],
    ['a+ a+ a-', 'a-', 0, 3, 'a failure begins the row anew'],
    ['a? a+', 'a+', 1, 1, 'an error of the host is no flake of the recipe, but ends the row'],
  ])('after "%s" a run %s counts as %i of %i greens: %s [R-12, R-45]', (earlier, now, greens, needed) => {
    const [latest] = runs(now);
    if (!latest) throw new Error('no run');
    expect(proofOf(runs(earlier), latest)).toEqual({ greens, needed });
  });
});

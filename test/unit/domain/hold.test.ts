import { describe, expect, it } from 'vitest';
import { parseHold } from '../../../client/hold-run.ts';
import { clockTime, faultOfHold, LEAST_HOLD_MS, MOST_HOLD_MS } from '../../../domain/hold.ts';

describe('the time of a hold', () => {
  it.each([
    ['1m', 60_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['240m', MOST_HOLD_MS],
    ['4h', MOST_HOLD_MS],
  ])('is %s', (text, expected) => {
    expect(parseHold(text)).toBe(expected);
  });

  it.each(['', '0m', '4h1m', '241m', '1.5h', '30', '30s', 'm', 'h', '1d', '30m1h', ' 30m'])(
    'is never "%s"',
    (text) => {
      expect(() => parseHold(text)).toThrow('cannot be held');
    },
  );

  it('is bounded from the begin of the hold, extensions included', () => {
    const sinceMs = Date.parse('2026-11-21T12:00:00Z');
    expect(faultOfHold(LEAST_HOLD_MS - 1, sinceMs)).toContain('1 minute to 4 hours');
    expect(faultOfHold(MOST_HOLD_MS, sinceMs)).toBeUndefined();
    const later = sinceMs + 3_600_000;
    expect(faultOfHold(MOST_HOLD_MS - 3_600_000, later, sinceMs)).toBeUndefined();
    expect(faultOfHold(MOST_HOLD_MS - 3_599_999, later, sinceMs)).toContain('held since 12:00 UTC');
    expect(faultOfHold(Number.NaN, sinceMs)).toContain('1 minute');
  });

  it('is told as a time of the day', () => {
    expect(clockTime(Date.parse('2026-11-21T09:05:59Z'))).toBe('09:05 UTC');
  });
});

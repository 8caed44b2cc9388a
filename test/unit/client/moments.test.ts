import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseMoment } from '../../../client/cli/moments.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('a moment on the command line', () => {
  it.each([
    ['90m', '2026-11-21T10:30:00.000Z'],
    ['12h', '2026-11-21T00:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2w', '2026-11-07T12:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T08:00:00Z', '2026-11-01T08:00:00.000Z'],
    ['2026-11-01T08:00:00+02:00', '2026-11-01T06:00:00.000Z'],
  ])('reads %s', (text, moment) => {
    expect(parseMoment(text, 'start', NOW).toISOString()).toBe(moment);
  });

  it('means the whole day where a date ends a period', () => {
    expect(parseMoment('2026-11-01', 'end', NOW).toISOString()).toBe('2026-11-01T23:59:59.999Z');
  });

  it.each(['', 'yesterday', '7', '-7d', '2026-02-31', '2026-13-01', '2026-11-01T08:00', '1e3d'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseMoment(text, 'start', NOW)).toThrow(InvalidArgumentError);
    },
  );
});

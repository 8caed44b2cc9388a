import { describe, expect, it } from 'vitest';
import { reportDowntime } from '../../../domain/downtime-report.ts';

/** One sample every 100 ms: `.` answered well, `x` did not, a space means that nobody asked. */
function samples(text: string, from = 0) {
  return Array.from(text, (sign) => sign).flatMap((sign, index) =>
    sign === ' ' ? [] : [{ at: from + index * 100, ok: sign === '.' }],
  );
}

describe('the downtime of an upgrade', () => {
  it('is the time from a failed request to the next good one, over all gaps [R-14]', () => {
    expect(reportDowntime(samples('..xxx...x...'), 'stop-first')).toEqual({
      downtimeMs: 400,
      longestMs: 300,
      requests: 12,
      failed: 4,
      unobservedMs: 0,
      mode: 'stop-first',
    });
  });

  it('is nothing when every request is answered, and when there are none', () => {
    expect(reportDowntime(samples('.....'), 'start-first')).toMatchObject({ downtimeMs: 0, failed: 0 });
    expect(reportDowntime([], 'unknown')).toMatchObject({ downtimeMs: 0, requests: 0, unobservedMs: 0 });
  });

  it('does not count the time in which a worker was gone, but says how long it was', () => {
    const report = reportDowntime(samples(`..xx${' '.repeat(40)}xx..`), 'stop-first');
    expect(report).toMatchObject({ downtimeMs: 300, longestMs: 200, failed: 4, unobservedMs: 4100 });
  });

  it('sorts requests by when they were sent, because slow failures are written late', () => {
    const [first, ...rest] = samples('xx..');
    expect(reportDowntime([...rest, first ?? { at: 0, ok: true }], 'unknown').downtimeMs).toBe(200);
  });

  it('counts an app that does not come back up to the last request', () => {
    expect(reportDowntime(samples('..xxxxx'), 'stop-first')).toMatchObject({
      downtimeMs: 400,
      longestMs: 400,
    });
  });
});

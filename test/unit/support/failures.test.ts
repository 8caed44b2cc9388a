import { CancelledFailure } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../activities/support/failures.ts';
import { startHeartbeat, type HeartbeatDetails } from '../../../activities/support/heartbeat.ts';
import { CodedError } from '../../../domain/errors.ts';

const hide = (text: string) => text.replaceAll('hunter2', '[redacted]');

describe('what an activity throws', () => {
  it('has the code as its type, may be retried by the table, and carries the time that was asked for', () => {
    const error = new CodedError('E_REGISTRY_LIMIT', 'nginx', { retryAfterMs: 7000 });
    expect(toFailure(error)).toMatchObject({
      type: 'E_REGISTRY_LIMIT',
      nonRetryable: false,
      nextRetryDelay: 7000,
      message: error.message,
    });
    expect(toFailure(new CodedError('E_CRASH_LOOP', 'app'))).toMatchObject({ nonRetryable: true });
  });

  it('is short, redacted, and has neither stack nor cause [H-20]', () => {
    const cause = new Error('cause with hunter2');
    const failure = toFailure(new CodedError('E_COMMAND', `hunter2 ${'ä'.repeat(5000)}`, { cause }), hide);
    const stack = failure instanceof Error ? (failure.stack ?? '') : '';
    const text = `${JSON.stringify(failure)} ${String(failure)} ${stack}`;
    expect(text).not.toContain('hunter2');
    expect(failure).toMatchObject({ cause: undefined, message: expect.stringMatching(/ä…$/) });
    expect(Buffer.byteLength(failure instanceof Error ? failure.message : '')).toBeLessThanOrEqual(2048);
  });

  it('is an internal failure that is not repeated when nobody foresaw it [O-46]', () => {
    expect(toFailure(new TypeError('no hunter2'), hide)).toMatchObject({
      type: 'E_INTERNAL',
      nonRetryable: true,
      message: 'cc-ci itself failed: no [redacted]',
    });
  });

  it.each(['ENOSPC', 'EDQUOT'])(
    'is one of the disk, to be tried again, when a file could not be written: %s [F-64]',
    (code) => {
      const full = Object.assign(new Error(`${code}: no space left on device, write`), { code });
      expect(toFailure(full)).toMatchObject({ type: 'E_DISK', nonRetryable: false });
    },
  );

  it('stays a cancellation when it is one', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    expect(toFailure(cancelled)).toBe(cancelled);
    const aborted = new DOMException('stop', 'AbortError');
    expect(toFailure(aborted)).toBe(aborted);
  });
});

it('heartbeats from a timer with what is waited for and since when [R-61]', async () => {
  const sent: HeartbeatDetails[] = [];
  const heartbeat = startHeartbeat((details) => sent.push(details));
  heartbeat.progress('app: starting, 0/1');
  await new Promise((resolve) => setTimeout(resolve, 950));
  heartbeat.stop();
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(sent.at(0)?.waitingFor).toBe('');
  expect(new Set(sent.slice(1).map(({ since }) => since)).size).toBe(1);
  expect(sent.at(-1)?.waitingFor).toBe('app: starting, 0/1');
  const count = sent.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(sent).toHaveLength(count);
});

import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../domain/http.ts';
import { pollUntil } from '../../../activities/support/poll-until.ts';

const signal = new AbortController().signal;

function answer(status: number, type: string, body = 'text'): HttpAnswer {
  const bytes = new TextEncoder().encode(body);
  return {
    url: 'https://a.ci.test/',
    status,
    headers: { 'content-type': type },
    body: bytes,
    truncated: false,
  };
}

/** Gives the answers one after the other and repeats the last one. */
function script(...steps: (HttpAnswer | Error)[]) {
  let calls = 0;
  return () => {
    const step = steps[Math.min(calls++, steps.length - 1)];
    return step instanceof Error ? Promise.reject(step) : Promise.resolve(step ?? answer(200, ''));
  };
}

const wantsJson = ({ status, headers }: HttpAnswer) =>
  status === 200 && headers['content-type'] === 'application/json' ? undefined : `status ${status}, not JSON`;

describe('pollUntil', () => {
  it('goes on through transport errors, wrong statuses and placeholder pages until the answer fits [H-02, F-02]', async () => {
    const faults: string[] = [];
    const ask = script(
      new Error('connect ECONNREFUSED'),
      answer(404, 'text/html'),
      answer(200, 'text/html', 'starting up'),
      answer(200, 'application/json', '{}'),
    );
    const outcome = await pollUntil(ask, wantsJson, {
      timeoutMs: 2000,
      pauseMs: 1,
      signal,
      progress: (what) => faults.push(what),
    });
    expect(outcome).toMatchObject({ ok: true, attempts: 4, lastSeen: '200 application/json, 2 bytes' });
    expect(outcome.fault).toBeUndefined();
    expect(faults).toEqual(['connect ECONNREFUSED', 'status 404, not JSON', 'status 200, not JSON']);
  });

  it('ends within its bound and says what it saw last', async () => {
    const outcome = await pollUntil(script(answer(503, 'text/html', 'busy')), wantsJson, {
      // The pauses add up to 1.9 s before one of 0.3 s would not fit any more, so a late timer changes nothing.
      timeoutMs: 2000,
      pauseMs: 5,
      signal,
    });
    expect(outcome).toMatchObject({
      ok: false,
      lastSeen: '503 text/html, 4 bytes',
      fault: 'status 503, not JSON',
    });
    expect(outcome.attempts).toBeGreaterThan(2);
    expect(outcome.elapsedMs).toBeLessThanOrEqual(2000);
  });

  it('gives an attempt no more than the time that is left', async () => {
    const given: number[] = [];
    const ask = (leftMs: number) => {
      given.push(leftMs);
      return Promise.resolve(answer(500, 'text/html'));
    };
    await pollUntil(ask, wantsJson, { timeoutMs: 60, pauseMs: 20, maxPauseMs: 20, signal });
    expect(given.length).toBeGreaterThan(1);
    expect(given).toEqual([...given].sort((a, b) => b - a));
    expect(given[0]).toBeLessThanOrEqual(60);
  });

  it('does not let an attempt that was cut short at the end replace what was seen before', async () => {
    let asked = 0;
    const ask = (leftMs: number) => {
      asked += 1;
      if (asked === 1) return Promise.resolve(answer(500, 'text/html'));
      return new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error('aborted due to timeout')), leftMs);
      });
    };
    const outcome = await pollUntil(ask, wantsJson, { timeoutMs: 80, pauseMs: 10, maxPauseMs: 10, signal });
    expect(asked).toBeGreaterThan(1);
    expect(outcome).toMatchObject({ ok: false, lastSeen: '500 text/html, 4 bytes' });
  });

  it('rejects with the reason of an abort, also during a pause', async () => {
    const controller = new AbortController();
    const polling = pollUntil(script(answer(500, 'text/html')), wantsJson, {
      timeoutMs: 60_000,
      pauseMs: 30_000,
      maxPauseMs: 30_000,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('cancelled by a person')), 20);
    await expect(polling).rejects.toThrow('cancelled by a person');
  });
});

import { describe, expect, it } from 'vitest';
import { retryWrites } from '../../../recipes/retry-writes.ts';
import type { SpecAnswer, SpecRequest } from '../../../recipes/spec-http.ts';

/** A client whose answers are scripted: a status, or an error of the transport. The last one repeats. */
function scripted(...steps: (number | Error)[]) {
  const bodies: unknown[] = [];
  const request = async (url: string, options: SpecRequest = {}): Promise<SpecAnswer> => {
    const step = steps[Math.min(bodies.length, steps.length - 1)] ?? 200;
    bodies.push(options.body);
    if (step instanceof Error) throw step;
    return {
      url,
      status: step,
      headers: {},
      body: new Uint8Array(),
      truncated: false,
      setCookies: [],
      text: () => `answer ${step}`,
      json: () => ({}),
    };
  };
  return { request, bodies };
}

const make = (attempt: number): SpecRequest => ({ method: 'POST', body: `nonce ${attempt}` });

describe('retryWrites', () => {
  it('tries statuses of 500 and errors of the transport again, with a fresh body and a word each [R-30]', async () => {
    const { request, bodies } = scripted(503, new Error('socket hang up'), 201);
    const retries: string[] = [];
    const answer = await retryWrites(request, '/posts', make, { onRetry: (why) => retries.push(why) });
    expect(answer.status).toBe(201);
    expect(bodies).toEqual(['nonce 1', 'nonce 2', 'nonce 3']);
    expect(retries).toEqual([
      'attempt 1 at /posts: status 503, answer 503',
      'attempt 2 at /posts: socket hang up',
    ]);
  });

  it('fails at once for a status of 400 [R-30]', async () => {
    const { request, bodies } = scripted(422, 200);
    const writing = retryWrites(request, '/posts', make, { onRetry: () => undefined });
    await expect(writing).rejects.toThrow('/posts refused what was written: status 422, answer 422');
    expect(bodies).toHaveLength(1);
  });

  it('says what it saw last when its bound is reached', async () => {
    const { request, bodies } = scripted(500);
    const writing = retryWrites(request, '/posts', make, { timeoutMs: 1500, onRetry: () => undefined });
    await expect(writing).rejects.toThrow(/took no change within 1500 ms, in 2 attempts: status 500/);
    expect(bodies).toHaveLength(2);
  });
});

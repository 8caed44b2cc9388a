import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOOK_TIMEOUT_MS } from '../../../domain/backup.ts';
import { limitsOf } from '../../../domain/limits.ts';

describe('the bounds of a run', () => {
  const definition = {
    deployTimeoutSeconds: 900,
    httpTimeoutSeconds: 600,
    steadySeconds: 25,
    backup: { attempts: 3, verify: [] },
  };

  it('are those of the recipe folder when they suffice', () => {
    expect(limitsOf(definition, [300, undefined])).toMatchObject({
      deployTimeoutMs: 900_000,
      httpTimeoutMs: 600_000,
      steadyMs: 25_000,
    });
  });

  it('on a backup leave room for every attempt, with its hooks and the wait for the app [H-18]', () => {
    const { deployTimeoutMs, backupTimeoutMs, restoreTimeoutMs } = limitsOf(definition, []);
    expect(restoreTimeoutMs).toBeGreaterThan(deployTimeoutMs + 2 * HOOK_TIMEOUT_MS);
    expect(backupTimeoutMs).toBe(3 * restoreTimeoutMs);
  });

  it('on a deploy lie strictly above the TIMEOUT of every version that is deployed [R-59, F-51]', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 1, max: 7200 }), { nil: undefined })), (timeouts) => {
        const { deployTimeoutMs } = limitsOf(definition, timeouts);
        for (const seconds of timeouts) expect(deployTimeoutMs).toBeGreaterThan((seconds ?? 0) * 1000);
      }),
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { EVICTION_NOTICE_MS } from '../../domain/hold.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Results } from '../../domain/results.ts';
import type { PoolState } from '../../workflows/messages.ts';
import { FakeHost } from './fake-host.ts';
import { eventually, startHarness, type Harness } from './harness.ts';

const HOUR_MS = 3_600_000;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

const progressOf = (run: WorkflowHandle) => run.query<Progress>('progress');

async function reach(run: WorkflowHandle, phase: Progress['phase']): Promise<Progress> {
  await eventually(`phase ${phase}`, async () => (await progressOf(run)).phase === phase);
  return progressOf(run);
}

async function guardOf(run: WorkflowHandle): Promise<WorkflowHandle> {
  const { guardId } = await progressOf(run);
  return harness.environment.client.workflow.getHandle(guardId ?? '');
}

const holdFor = (run: WorkflowHandle, forMs: number) =>
  run.executeUpdate<{ untilMs?: number }, [{ forMs: number }]>('hold', { args: [{ forMs }] });

const release = async (run: WorkflowHandle) => (await guardOf(run)).executeUpdate('release');

const cancel = (run: WorkflowHandle) => run.executeUpdate('cancelRun', { args: [{ reason: 'enough seen' }] });

/** The removal's cause and what it left. */
const removed = { teardown: { cause: 'released', left: [] }, leaked: false };

describe('an environment that is held', () => {
  it('is there with its results published, and is removed when it is released', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: HOUR_MS });
      const progress = await reach(run, 'held');
      expect(progress).toMatchObject({ verdict: 'passed' });
      const leftMs = Date.parse(progress.hold?.until ?? '') - Date.now();
      expect(leftMs).toBeGreaterThan(HOUR_MS - 60_000);
      expect(leftMs).toBeLessThanOrEqual(HOUR_MS);
      expect(host.written).toHaveLength(1);
      expect(host.written[0]).toMatchObject({ verdict: 'passed', leaked: false });
      expect(host.written[0]).not.toHaveProperty('teardown');
      expect(await run.query<Results>('results')).toEqual(host.written[0]);
      expect(host.left()).toHaveLength(2);

      await release(run);
      const results = await run.result();
      expect(results).toMatchObject({
        verdict: 'passed',
        durationMs: host.written[0]?.durationMs,
        ...removed,
      });
      expect(host.written.at(-1)).toEqual(results);
      expect(host.left()).toEqual([]);
    });
  });

  it('goes when its time is over, which does not count for the deadline', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: 4_000, deadlineMs: 3_000 });
      await reach(run, 'held');
      const before = Date.now();
      expect(await run.result()).toMatchObject({ verdict: 'passed', ...removed });
      expect(Date.now() - before).toBeGreaterThan(2_000);
      expect((await progressOf(run)).hold).toMatchObject({ notice: 'its time is over' });
    });
  });

  it('is held for a run that failed too: somebody wants to see why', async () => {
    const host = new FakeHost({ data: { broken: { assertInstalled: '' } } });
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: HOUR_MS });
      expect(await reach(run, 'held')).toMatchObject({ verdict: 'failed' });
      await release(run);
      expect(await run.result()).toMatchObject({ verdict: 'failed', ...removed });
    });
  });

  it.each([
    ['an Update', cancel],
    ['a cancellation of its workflow', (run: WorkflowHandle) => run.cancel()],
  ])('goes at once when its run is cancelled by %s, and the verdict stands [R-46]', async (_how, end) => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: HOUR_MS });
      await reach(run, 'held');
      await end(run);
      expect(await run.result()).toMatchObject({ verdict: 'passed', ...removed });
      expect(host.left()).toEqual([]);
    });
  });

  it('goes when its run is terminated, and the guard completes the published results [R-46]', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: HOUR_MS });
      await reach(run, 'held');
      const guard = await guardOf(run);
      await run.terminate('by the test');
      const expected = { verdict: 'passed', teardown: { cause: 'parent-closed', left: [] } };
      expect(await guard.result()).toMatchObject({ results: expected });
      expect(host.written.map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
      expect(host.written[1]).toMatchObject(expected);
      expect(host.left()).toEqual([]);
    });
  });

  it('makes its run leaked when something is left after it [F-25]', async () => {
    const host = new FakeHost({ leakyPasses: 3 });
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: 1_000 });
      expect(await run.result()).toMatchObject({ verdict: 'leaked', leaked: true, code: 'E_RESIDUE' });
      await (await guardOf(run)).terminate('the test is over');
    });
  }, 60_000);
});

describe('a run that is cancelled before its stages are through', () => {
  it('holds nothing, whatever it was asked for [R-46]', async () => {
    const host = new FakeHost({ deployMs: 30_000 });
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: HOUR_MS });
      await eventually('a deploy', () => host.left().length > 0);
      await cancel(run);
      expect(await run.result()).toMatchObject({ verdict: 'cancelled', leaked: false });
      expect(host.left()).toEqual([]);
      expect((await progressOf(run)).hold).toBeUndefined();
    });
  });
});

describe('the request to hold', () => {
  it('counts for a run whose stages still run, and lengthens a hold under way up to 4 hours in all', async () => {
    const host = new FakeHost({ deployMs: 2_000 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      await eventually('a deploy', () => host.left().length > 0);
      expect(await holdFor(run, HOUR_MS)).toEqual({});
      await reach(run, 'held');
      const { untilMs } = await holdFor(run, 2 * HOUR_MS);
      expect((untilMs ?? 0) - Date.now()).toBeGreaterThan(2 * HOUR_MS - 60_000);
      await expect(holdFor(run, 4 * HOUR_MS)).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/1 minute to 4 hours in all and was held since/) },
      });
      await release(run);
      expect(await run.result()).toMatchObject({ verdict: 'passed', ...removed });
    });
  });

  it.each([59_999, 4 * HOUR_MS + 1, 60_000.5])('is refused for %d ms', async (forMs) => {
    const host = new FakeHost({ deployMs: 2_000 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      await eventually('a deploy', () => host.left().length > 0);
      await expect(holdFor(run, forMs)).rejects.toMatchObject({
        cause: { message: 'an environment is held for 1 minute to 4 hours in all' },
      });
      expect(await run.result()).toMatchObject({ verdict: 'passed', ...removed });
    });
  });

  it('is refused for a second environment of the host, which waits its turn', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const first = await harness.start({ holdMs: HOUR_MS });
      await reach(first, 'held');
      const second = await harness.start();
      await reach(second, 'waiting for the host');
      await expect(holdFor(second, HOUR_MS)).rejects.toMatchObject({
        cause: {
          message: expect.stringMatching(new RegExp(`^guard-${first.workflowId}-.* keeps the host until`)),
        },
      });
      await release(first);
      await expect(release(first)).rejects.toThrow();
      expect(await second.result()).toMatchObject({ verdict: 'passed' });
      expect(host.left()).toEqual([]);
    });
  });

  it('is refused when nothing is held any more, as is the request to release', async () => {
    const host = new FakeHost({ deployMs: 1_500 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      await eventually('a deploy', () => host.left().length > 0);
      await expect(release(run)).rejects.toMatchObject({ cause: { message: 'its environment is not held' } });
      await run.result();
      await expect(holdFor(run, HOUR_MS)).rejects.toThrow();
    });
  });
});

describe('a held environment on a host that others wait for', () => {
  it('stays for a run by hand, and gives way with notice to one of a pull request', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const held = await harness.start({ holdMs: HOUR_MS });
      await reach(held, 'held');
      const byHand = await harness.start();
      await reach(byHand, 'waiting for the host');
      const pool = harness.environment.client.workflow.getHandle('host-pool-test');
      expect(await pool.query<PoolState>('poolState')).toMatchObject({
        kept: { holder: (await guardOf(held)).workflowId },
      });
      expect((await progressOf(held)).hold).not.toHaveProperty('notice');

      const asked = Date.now();
      const pullRequest = await harness.start({ trigger: 'pull-request', pullRequest: 7 });
      await eventually('the notice', async () => (await progressOf(held)).hold?.notice !== undefined);
      const { phase, hold } = await progressOf(held);
      expect([phase, hold?.notice]).toEqual(['held', expect.stringContaining(pullRequest.workflowId)]);
      await expect(holdFor(held, HOUR_MS)).rejects.toThrow();
      expect(host.left()).toHaveLength(2);

      expect(await held.result()).toMatchObject({ verdict: 'passed', ...removed });
      expect(Date.now() - asked).toBeGreaterThanOrEqual(EVICTION_NOTICE_MS - 1_000);
      expect(await pullRequest.result()).toMatchObject({ verdict: 'passed' });
      expect(await byHand.result()).toMatchObject({ verdict: 'passed' });
    });
  }, 120_000);
});

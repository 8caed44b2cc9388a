import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../domain/progress.ts';
import type { recipeRun } from '../../workflows/recipe-run.ts';
import { FakeHost } from './fake-host.ts';
import { eventually, startHarness, type Harness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

const deploying = (host: FakeHost) => eventually('a deploy', () => host.left().length > 0);

/** Waits until no guard is open any more: every environment has been given up. */
const guardsClosed = () =>
  eventually('all guards closed', async () => {
    const { count } = await harness.environment.client.workflow.count(
      `WorkflowType = 'environmentGuard' AND ExecutionStatus = 'Running'`,
    );
    return count === 0;
  });

describe('a run whose stages go through', () => {
  it('ends passed, with one deploy and nothing left [R-01]', async () => {
    const host = new FakeHost();
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({
      verdict: 'passed',
      deployCount: 1,
      expectedDeploys: 1,
      partial: true,
      leaked: false,
    });
    expect(results.teardown).toMatchObject({ cause: 'released', left: [] });
    expect(results.stages.map(({ name, status }) => [name, status])).toEqual([['install', 'pass']]);
    expect(host.left()).toEqual([]);
    expect(host.written).toEqual([results]);
  });

  it('fetches images before the deploy and collects evidence before the removal [R-62, R-68]', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => (await harness.start()).result());
    const steps = host.journal.map((line) => line.split(' ').slice(0, 1).join(' '));
    expect(steps.filter((step) => !['converged', 'installed', 'prove', 'specs'].includes(step))).toEqual([
      'prepare',
      'fetch',
      'deploy',
      'evidence',
      'fence',
      'remove',
      'results',
    ]);
  });
});

describe('a run whose stages do not go through', () => {
  it.each([
    [
      'a crash loop is the recipe’s fault',
      { deployFails: 'E_CRASH_LOOP' },
      'failed',
      'E_CRASH_LOOP',
      'recipe',
    ],
    [
      'a daemon that fails is the host’s fault',
      { deployFails: 'E_REGISTRY_AUTH' },
      'errored',
      'E_REGISTRY_AUTH',
      'infra',
    ],
    [
      'an assertion that does not hold is the recipe’s fault',
      { data: { broken: { assertInstalled: '' } } },
      'failed',
      'E_ASSERTION',
      'recipe',
    ],
    ['a failed spec is the tests’ word', { specStatus: 'fail' }, 'failed', 'E_SPEC', 'test'],
    ['specs that all skip are never green', { specStatus: 'unverified' }, 'errored', 'E_SPEC', 'test'],
  ] as const)('%s [R-79]', async (_title, script, verdict, code, whose) => {
    const host = new FakeHost(script);
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({ verdict, code, class: whose });
    expect(host.deploys()).toBe(1);
    expect(host.left()).toEqual([]);
  });

  it('creates nothing when the policy refuses the recipe', async () => {
    const refusal = {
      code: 'E_POLICY',
      rule: 'bind',
      file: 'compose.yml',
      line: 7,
      message: 'binds /',
    } as const;
    const host = new FakeHost({ plan: { refusals: [refusal] } });
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({
      verdict: 'failed',
      code: 'E_POLICY',
      reason: 'compose.yml:7: binds /',
      deployCount: 0,
    });
    expect(host.journal).toEqual(['prepare', 'results failed']);
  });

  it('ends errored at its deadline, with the environment removed [R-60]', async () => {
    const host = new FakeHost({ deployMs: 30_000 });
    const results = await harness.serve(host, async () =>
      (await harness.start({ deadlineMs: 1_000 })).result(),
    );
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_DEADLINE', leaked: false });
    expect(host.left()).toEqual([]);
  });

  it('removes what a failing removal left on a later pass [R-47 F-77]', async () => {
    const host = new FakeHost({ leakyPasses: 1 });
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({ verdict: 'passed', teardown: { passes: 2, left: [] } });
  });

  it('closes as leaked after three failed passes while the guard stays open [R-46] [R-48]', async () => {
    const host = new FakeHost({ leakyPasses: 3 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      const results = await run.result();
      expect(results).toMatchObject({ verdict: 'leaked', leaked: true, code: 'E_RESIDUE' });
      expect(results.teardown?.left).toHaveLength(1);
      const guards = harness.environment.client.workflow.list({
        query: `WorkflowId STARTS_WITH 'guard-${run.workflowId}' AND ExecutionStatus = 'Running'`,
      });
      const open = [];
      for await (const guard of guards) open.push(guard.workflowId);
      expect(open).toHaveLength(1);
      await harness.environment.client.workflow.getHandle(open[0] ?? '').terminate('the test is over');
    });
  }, 60_000);
});

describe('a run that is ended from outside', () => {
  it('closes as cancelled and removes everything when told to cancel', async () => {
    const host = new FakeHost({ deployMs: 30_000 });
    const results = await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      await run.executeUpdate<void, [{ reason: string }]>('cancelRun', {
        args: [{ reason: 'a newer push' }],
      });
      return run.result();
    });
    expect(results).toMatchObject({
      verdict: 'cancelled',
      reason: 'a newer push',
      teardown: { cause: 'abnormal' },
    });
    expect(host.left()).toEqual([]);
  });

  it('removes everything when the workflow itself is cancelled', async () => {
    const host = new FakeHost({ deployMs: 30_000 });
    const results = await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      await run.cancel();
      return run.result();
    });
    expect(results).toMatchObject({ verdict: 'cancelled', code: 'E_CANCELLED' });
    expect(host.left()).toEqual([]);
  });

  it.each([
    ['terminated', 'E_TERMINATED'],
    ['deleted', 'E_TERMINATED'],
  ] as const)('when %s, its guard removes everything and writes the results', async (how, code) => {
    const host = new FakeHost({ deployMs: 30_000 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      const { client } = harness.environment;
      if (how === 'terminated') await run.terminate('a test');
      else {
        await client.workflowService.deleteWorkflowExecution({
          namespace: client.options.namespace,
          workflowExecution: { workflowId: run.workflowId },
        });
      }
      await eventually('results', () => host.written.length > 0);
      await guardsClosed();
    });
    expect(host.written).toMatchObject([{ verdict: 'cancelled', code, deployCount: 1 }]);
    expect(host.left()).toEqual([]);
    expect(host.journal.indexOf('evidence by guard')).toBeLessThan(
      host.journal.findIndex((l) => l.startsWith('remove')),
    );
  });
});

describe('a run that loses what it relies on', () => {
  it('stops when its guard is ended, and has a successor remove the environment [R-46]', async () => {
    const host = new FakeHost({ deployMs: 30_000 });
    const results = await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      const { guardId }: Progress = await run.query('progress');
      await harness.environment.client.workflow.getHandle(guardId ?? '').terminate('a test');
      return run.result();
    });
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_INTERNAL', leaked: false });
    expect(results.reason).toBe('the guard ended before its run');
    expect(host.left()).toEqual([]);
  });

  it('is never green when its deploys cannot be counted', async () => {
    const host = new FakeHost({ evidenceFails: true });
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_INTERNAL', deployCount: null });
    expect(host.left()).toEqual([]);
  });

  it('reports and removes although the pool is gone [R-74 O-49]', async () => {
    const host = new FakeHost({ deployMs: 1_000 });
    const results = await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      await harness.environment.client.workflow.getHandle('host-pool-test').terminate('a test');
      return run.result();
    });
    expect(results).toMatchObject({ verdict: 'passed', teardown: { left: [] } });
    expect(host.left()).toEqual([]);
  });
});

describe('a run that is reset', () => {
  const reset = (workflowId: string, eventId: number) => {
    const { client } = harness.environment;
    return client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      reason: 'a test',
      requestId: crypto.randomUUID(),
      workflowTaskFinishEventId: { low: eventId, high: 0, unsigned: false } as never,
    });
  };

  it('to before its guard makes a new environment, and the old one is removed', async () => {
    const host = new FakeHost({ deployMs: 1_500 });
    const results = await harness.serve(host, async () => {
      const run = await harness.start();
      await deploying(host);
      await reset(run.workflowId, 4);
      const after = harness.environment.client.workflow.getHandle<typeof recipeRun>(run.workflowId);
      const done = await after.result();
      await guardsClosed();
      return done;
    });
    expect(results).toMatchObject({ verdict: 'passed', deployCount: 1 });
    expect(host.journal.filter((line) => line.startsWith('fence'))).toHaveLength(2);
    expect(host.left()).toEqual([]);
    expect(host.written).toHaveLength(1);
  });
});

describe('a host with one slot', () => {
  it('serves one run after the other, and a waiting run does not begin [R-58 O-36]', async () => {
    const host = new FakeHost({ deployMs: 1_000 });
    await harness.serve(host, async () => {
      const first = await harness.start();
      await deploying(host);
      const second = await harness.start();
      await eventually('the second waits', async () => {
        const progress: Progress = await second.query('progress');
        return progress.phase === 'waiting for the host';
      });
      const verdicts = (await Promise.all([first.result(), second.result()])).map(
        (results) => results.verdict,
      );
      expect(verdicts).toEqual(['passed', 'passed']);
    });
    const spans = host.journal.filter((line) => line.startsWith('deploy') || line.startsWith('remove'));
    expect(spans.map((line) => line.split(' ')[0])).toEqual(['deploy', 'remove', 'deploy', 'remove']);
  });

  it('ends as errored, never red, when the host is not free in time [R-58 O-47]', async () => {
    const host = new FakeHost({ deployMs: 4_000 });
    await harness.serve(host, async () => {
      const first = await harness.start();
      await deploying(host);
      const second = await harness.start({ leaseWaitMs: 500 });
      expect(await second.result()).toMatchObject({
        verdict: 'errored',
        code: 'E_LEASE_WAIT',
        deployCount: 0,
      });
      expect(await first.result()).toMatchObject({ verdict: 'passed' });
    });
  });
});

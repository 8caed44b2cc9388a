import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Breaker, Health } from '../../domain/health.ts';
import type { Progress } from '../../domain/progress.ts';
import { DECISIONS_QUEUE, hostPoolId } from '../../domain/queues.ts';
import type { PoolState } from '../../workflows/messages.ts';
import { FakeHost, type HostScript } from './fake-host.ts';
import { eventually, startHarness, type Harness } from './harness.ts';

const HUB = 'registry-1.docker.io';
const POOL = hostPoolId('test');
/** A run whose image has to be pulled from Docker Hub. */
const PULLS = { plan: { absent: ['nginx:1.29.1'] }, pulls: true } satisfies HostScript;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterEach(() => harness.environment.client.workflow.getHandle(POOL).terminate('next test'));
afterAll(() => harness.close());

/** The pool as if it had learned that before; it lives on from one run to the next. */
async function startPool(health: Health): Promise<void> {
  const args = [{ host: 'test', health }];
  await harness.environment.client.workflow.start('hostPool', {
    workflowId: POOL,
    taskQueue: DECISIONS_QUEUE,
    args,
  });
}

async function knownIll(): Promise<Health> {
  return (await harness.environment.client.workflow.getHandle(POOL).query<PoolState>('poolState')).health;
}

const open = (subject: Breaker['subject'], forMs: number): Breaker => {
  const code = subject === 'host' ? 'E_DOCKER' : 'E_REGISTRY_LIMIT';
  return { subject, code, faults: 3, opened: 1, untilMs: Date.now() + forMs };
};

const refusal = (retryAfterMs?: number) =>
  ApplicationFailure.create({
    type: 'E_REGISTRY_LIMIT',
    message: 'the registry limits the rate of pulls: nginx:1.29.1',
    nonRetryable: true,
    details: [{ registry: HUB, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }],
  });

describe('a registry that refuses', () => {
  it('is left alone by the next runs, which wait with the reason and end as errored at their own limit [F-67 R-76]', async () => {
    const host = new FakeHost({ ...PULLS, registryFails: () => refusal(600_000) });
    await harness.serve(host, async () => {
      const first = await (await harness.start()).result();
      expect(first).toMatchObject({ verdict: 'errored', code: 'E_REGISTRY_LIMIT', class: 'infra' });
      const [ill] = await knownIll();
      expect(ill).toMatchObject({ subject: `registry ${HUB}`, code: 'E_REGISTRY_LIMIT', opened: 1 });
      // The ten minutes that it asked for, not the first pause of a minute.
      expect(ill?.untilMs).toBeGreaterThan(Date.now() + 500_000);

      const second = await (await harness.start({ leaseWaitMs: 3000 })).result();
      expect(second).toMatchObject({
        verdict: 'errored',
        code: 'E_LEASE_WAIT',
        reason: expect.stringMatching(
          /^host test was not free in time: registry-1\.docker\.io answers 429, next try at \d\d:\d\d UTC$/,
        ),
      });
    });
    expect(host.journal.filter((line) => line === 'fetch')).toHaveLength(1);
    expect(host.left()).toEqual([]);
  });

  it('keeps a run waiting with the reason until it is time for a probe, and is forgotten once that is served [R-76]', async () => {
    const needy = new FakeHost(PULLS);
    await startPool([open(`registry ${HUB}`, 6000)]);
    await harness.serve(needy, async () => {
      const waiting = await harness.start();
      await eventually('the reason of the wait', async () => {
        const { phase, waitingFor } = await waiting.query<Progress>('progress');
        return phase === 'waiting for the host' && (waitingFor ?? '').startsWith(`${HUB} answers 429`);
      });
      const { waiting: queue } = await harness.environment.client.workflow
        .getHandle(POOL)
        .query<PoolState>('poolState');
      expect(queue).toHaveLength(1);
      expect(needy.journal).not.toContain('fetch');

      expect(await waiting.result()).toMatchObject({ verdict: 'passed' });
      expect((await waiting.query<Progress>('progress')).waitingFor).toBeUndefined();
      await eventually('the lease is back', async () => (await knownIll()).length === 0);
    });
  });

  it('lets those pass whose images are on the host', async () => {
    await startPool([open(`registry ${HUB}`, 600_000)]);
    const results = await harness.serve(new FakeHost({ plan: { absent: [] } }), async () =>
      (await harness.start()).result(),
    );
    expect(results).toMatchObject({ verdict: 'passed' });
  });
});

describe('a host that is ill', () => {
  it('is left alone after three runs in a row that ended by its fault [R-74]', async () => {
    await harness.serve(new FakeHost({ deployFails: 'E_DOCKER' }), async () => {
      for (let run = 0; run < 3; run += 1) {
        expect(await (await harness.start()).result()).toMatchObject({
          verdict: 'errored',
          code: 'E_DOCKER',
        });
      }
      await eventually('the breaker is open', async () => (await knownIll())[0]?.untilMs !== undefined);
    });
    expect((await harness.serve(new FakeHost(), knownIll))[0]).toMatchObject({ subject: 'host', faults: 3 });
  });

  it('is tried by one run when its pause is over, and the others go on when that run works', async () => {
    await startPool([open('host', 4000)]);
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const runs = [await harness.start(), await harness.start()];
      for (const run of runs) {
        await eventually('the reason of the wait', async () =>
          ((await run.query<Progress>('progress')).waitingFor ?? '').includes('E_DOCKER on host test'),
        );
      }
      expect(host.deploys()).toBe(0);
      for (const run of runs) expect(await run.result()).toMatchObject({ verdict: 'passed' });
      await eventually('the lease is back', async () => (await knownIll()).length === 0);
    });
  });

  it('is not held against recipes and tests that fail [O-31 O-47]', async () => {
    for (const script of [{ deployFails: 'E_CRASH_LOOP' }, { specStatus: 'fail' }] as const) {
      await harness.serve(new FakeHost(script), async () => {
        for (let run = 0; run < 2; run += 1) {
          expect(await (await harness.start()).result()).toMatchObject({ verdict: 'failed' });
        }
        expect(await knownIll()).toEqual([]);
      });
    }
  });
});

describe('a fault of the infrastructure in a step', () => {
  it('is repeated, and every attempt is told although the run is green [R-26 O-29]', async () => {
    const results = await harness.serve(new FakeHost({ faultyDeploys: 2 }), async () =>
      (await harness.start()).result(),
    );
    expect(results).toMatchObject({ verdict: 'passed', deployCount: 1 });
    expect(results.stages[0]).toMatchObject({
      attempts: 3,
      retries: [{ step: expect.stringContaining('deploy sample'), attempts: 3 }],
    });
  });

  it('is given up after eight attempts, which the stage tells [O-29]', async () => {
    const results = await harness.serve(new FakeHost({ faultyDeploys: 99 }), async () =>
      (await harness.start()).result(),
    );
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_DOCKER' });
    expect(results.stages[0]).toMatchObject({ attempts: 8, retries: [{ attempts: 8 }] });
  });

  it('is the only one that is repeated: what specs and assertions say counts the first time [R-45]', async () => {
    const host = new FakeHost({ specStatus: 'fail' });
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results.stages[0]).toMatchObject({ status: 'fail', attempts: 1 });
    expect(results.stages[0]?.retries).toBeUndefined();
    expect(host.journal.filter((line) => line.startsWith('specs'))).toHaveLength(1);
  });
});

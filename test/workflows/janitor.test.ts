import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { adoptionId, guardId } from '../../domain/ids.ts';
import type { JanitorInput, JanitorProgress, JanitorReport } from '../../domain/janitor.ts';
import { DECISIONS_QUEUE } from '../../domain/queues.ts';
import type { janitor } from '../../workflows/janitor.ts';
import { FakeHost, type HostScript } from './fake-host.ts';
import { eventually, runInput, startHarness, type Harness } from './harness.ts';

const RUN = 'run-sample-3f2a9c1d0b4e-1a2b3c';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

/** Two looks, one second apart. */
const QUICK: JanitorInput = {
  host: 'test',
  instance: '0a1b2c3d',
  zone: 'ci.test',
  reclaim: true,
  confirmAfterMs: 1_000,
  atMost: 5,
  trustNamespace: false,
  lateEveryMs: 50,
};

function start(changes: Partial<JanitorInput> = {}) {
  return harness.environment.client.workflow.start<typeof janitor>('janitor', {
    workflowId: `janitor-test-${randomUUID().slice(0, 8)}`,
    taskQueue: DECISIONS_QUEUE,
    args: [{ ...QUICK, ...changes }],
  });
}

const sweep = async (changes: Partial<JanitorInput> = {}): Promise<JanitorReport> =>
  (await start(changes)).result();

/** A second look was asked for: what was seen first is known. */
const waiting = (handle: WorkflowHandle) =>
  eventually('the wait for the second look', async () => {
    const { phase } = await handle.query<JanitorProgress>('janitorProgress');
    return phase === 'waiting';
  });

const ended = async (workflowId: string) => {
  const { status } = await harness.environment.client.workflow.getHandle(workflowId).describe();
  return status.name !== 'RUNNING';
};

function plantedHost(count: number, script: HostScript = {}): { host: FakeHost; ids: string[] } {
  const host = new FakeHost(script);
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) host.plant(id, RUN);
  return { host, ids };
}

const removals = (host: FakeHost) => host.journal.filter((line) => line.startsWith('remove '));

describe('the janitor of a Temporal that has never seen the host', () => {
  it('removes nothing and says why with a code, at once [R-46]', async () => {
    const { host } = plantedHost(1);
    await harness.serve(host, async () => {
      const before = Date.now();
      const handle = await start({ confirmAfterMs: 3_600_000 });
      expect(await handle.result()).toMatchObject({
        looks: 1,
        environments: [{ fate: 'orphan', why: 'run gone, guard gone' }],
        alert: { code: 'E_JANITOR_NAMESPACE', remedy: expect.stringContaining('--trust-namespace') },
      });
      expect(Date.now() - before).toBeLessThan(20_000);
      expect(removals(host)).toEqual([]);
      expect(host.left()).toHaveLength(1);
    });
  });

  it('reclaims when a person vouches for the namespace', async () => {
    const { host } = plantedHost(1);
    await harness.serve(host, async () => {
      expect(await sweep({ trustNamespace: true })).toMatchObject({ environments: [{ fate: 'reclaimed' }] });
      expect(host.left()).toEqual([]);
    });
  });

  it('has no alarm to raise where nothing exists', async () => {
    const host = new FakeHost();
    await harness.serve(host, async () => {
      const report = await sweep();
      expect(report).toEqual({ host: 'test', looks: 1, environments: [], omitted: 0, strangers: [] });
    });
  });
});

describe('the janitor', () => {
  beforeAll(async () => {
    // A run has been here: Temporal knows the pool of the host from now on.
    const host = new FakeHost();
    await harness.serve(host, async () => {
      expect(await (await harness.start()).result()).toMatchObject({ verdict: 'passed' });
    });
  }, 60_000);

  it('gives an orphan to a guard that fences, collects evidence, removes and reports [R-46 F-76]', async () => {
    const { host, ids } = plantedHost(1);
    const [id = ''] = ids;
    await harness.serve(host, async () => {
      expect(await sweep()).toMatchObject({
        looks: 2,
        environments: [
          { environmentId: id, runId: RUN, fate: 'reclaimed', adoptedBy: adoptionId(id, RUN), removed: 1 },
        ],
      });
      expect(host.journal).toEqual([
        'survey',
        'survey',
        `fence ${id}`,
        'evidence by guard',
        `remove ${id}`,
        `teardown of ${RUN}`,
      ]);
      expect(host.teardowns).toMatchObject([{ cause: 'adopted', left: [], passes: 1 }]);
      expect(host.written).toEqual([]);
    });
  });

  it('reclaims what says of no run whose it is', async () => {
    const host = new FakeHost();
    const id = randomUUID();
    host.plant(id);
    await harness.serve(host, async () => {
      const [found] = (await sweep()).environments;
      expect(found).toMatchObject({ environmentId: id, fate: 'reclaimed' });
      expect(found?.runId).toBeUndefined();
    });
  });

  it('writes the results of a run that left a request but none [R-62]', async () => {
    const id = randomUUID();
    const host = new FakeHost({ requests: { [id]: runInput({}) } });
    host.plant(id, RUN);
    await harness.serve(host, async () => {
      await sweep();
      expect(host.written).toMatchObject([
        {
          runId: RUN,
          environmentId: id,
          verdict: 'cancelled',
          code: 'E_TERMINATED',
          leaked: false,
          teardown: { cause: 'adopted', left: [] },
        },
      ]);
    });
  });

  it('completes results that are there, and writes none of its own', async () => {
    const id = randomUUID();
    const host = new FakeHost({ requests: { [id]: runInput({}) }, published: [id] });
    host.plant(id, RUN);
    await harness.serve(host, async () => {
      await sweep();
      expect(host.written).toEqual([]);
      expect(host.amended).toMatchObject([{ cause: 'adopted', left: [] }]);
    });
  });

  it('only looks when it is not asked to reclaim', async () => {
    const { host } = plantedHost(1);
    await harness.serve(host, async () => {
      expect(await sweep({ reclaim: false })).toMatchObject({ looks: 1, environments: [{ fate: 'orphan' }] });
      expect(host.journal).toEqual(['survey']);
    });
  });

  it('leaves alone what became an orphan between its looks, until the next time', async () => {
    const { host, ids } = plantedHost(1);
    const late = randomUUID();
    await harness.serve(host, async () => {
      const handle = await start({ confirmAfterMs: 3_000 });
      await waiting(handle);
      host.plant(late, RUN);
      const { environments } = await handle.result();
      const fates = Object.fromEntries(environments.map((one) => [one.environmentId, one.fate]));
      expect(fates).toEqual({ [ids[0] ?? '']: 'reclaimed', [late]: 'orphan' });
      expect(removals(host)).toEqual([`remove ${ids[0]}`]);
    });
  });

  it('removes nothing when more would go at once than may, and counts again at the second look', async () => {
    const { host } = plantedHost(6);
    await harness.serve(host, async () => {
      const report = await sweep();
      expect(report).toMatchObject({ looks: 1, alert: { code: 'E_JANITOR_LIMIT' } });
      expect(removals(host)).toEqual([]);

      host.existing.delete([...host.existing.keys()][0] ?? '');
      const handle = await start({ confirmAfterMs: 3_000 });
      await waiting(handle);
      host.plant(randomUUID(), RUN);
      expect(await handle.result()).toMatchObject({ looks: 2, alert: { code: 'E_JANITOR_LIMIT' } });
      expect(removals(host)).toEqual([]);

      expect((await sweep({ atMost: 6 })).alert).toBeUndefined();
      expect(host.left()).toEqual([]);
    });
  });

  it('tells of what looks like ours by name and has nobody remove it [R-47]', async () => {
    const strangers = [{ kind: 'volume' as const, name: 'cust-0a1b2c_ci_test_data' }];
    const { host } = plantedHost(1, { strangers });
    await harness.serve(host, async () => {
      expect(await sweep()).toMatchObject({ strangers, environments: [{ fate: 'reclaimed' }] });
      expect(host.teardowns[0]?.removed).toHaveLength(1);
    });
  });
});

describe('an environment that somebody sees to', () => {
  const fateOf = async () => (await sweep()).environments.map(({ fate, why }) => ({ fate, why }));

  it('stays while its run is under way, and while it is held', async () => {
    let deployed = false;
    const host = new FakeHost({ deployed: () => deployed });
    await harness.serve(host, async () => {
      const run = await harness.start({ holdMs: 3_600_000 });
      await eventually('a deploy', () => host.left().length > 0);
      expect(await fateOf()).toEqual([{ fate: 'owned', why: 'its run is open (running)' }]);
      deployed = true;
      await eventually(
        'the hold',
        async () => (await run.query<{ phase: string }>('progress')).phase === 'held',
      );
      expect(await fateOf()).toEqual([{ fate: 'owned', why: 'its run is open (running)' }]);
      expect(host.left()).not.toEqual([]);
      await run.cancel();
      await run.result();
    });
  });

  it('stays with a guard that is still at what a leaked run has left', async () => {
    const host = new FakeHost({ leakyPasses: 4 });
    await harness.serve(host, async () => {
      const run = await harness.start();
      expect(await run.result()).toMatchObject({ verdict: 'leaked' });
      expect(await fateOf()).toEqual([{ fate: 'owned', why: 'its guard is open (running)' }]);
      const [environment = ''] = host.existing.keys();
      await harness.environment.client.workflow
        .getHandle(guardId(run.workflowId, environment))
        .terminate('the test is over');
      // Terminated, it sees to nothing any more: now it is an orphan.
      expect(await fateOf()).toMatchObject([{ fate: 'reclaimed' }]);
      expect(host.left()).toEqual([]);
    });
  }, 60_000);

  it('is adopted when run and guard were terminated together, and not by two at once [R-46 F-76]', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await harness.serve(host, async () => {
      const { client } = harness.environment;
      const run = await harness.start();
      await eventually('a deploy', () => host.left().length > 0);
      const [environment = ''] = host.existing.keys();
      const guard = guardId(run.workflowId, environment);
      await client.workflow.getHandle(guard).terminate('together');
      await run.terminate('together');
      await eventually('both have ended', async () => (await ended(guard)) && ended(run.workflowId));

      const reports = await Promise.all([sweep(), sweep()]);
      const fates = reports.flatMap(({ environments }) => environments.map(({ fate }) => fate));
      expect(fates.toSorted()).toEqual(['owned', 'reclaimed']);
      expect(host.left()).toEqual([]);
      expect(host.teardowns).toHaveLength(1);
    });
  });
});

describe('an orphan that cannot be removed at once', () => {
  it('is reported as left, and its guard goes on in new executions until it is gone [R-48]', async () => {
    const { host, ids } = plantedHost(1, { leakyPasses: 17 });
    const [id = ''] = ids;
    await harness.serve(host, async () => {
      const { client } = harness.environment;
      expect(await sweep()).toMatchObject({
        environments: [{ fate: 'left', left: [{ kind: 'service' }], adoptedBy: adoptionId(id, RUN) }],
      });
      const guard = client.workflow.getHandle(adoptionId(id, RUN));
      const first = (await guard.describe()).runId;
      expect(await guard.result()).toMatchObject({ teardown: { cause: 'adopted', left: [], passes: 18 } });
      expect((await guard.describe()).runId).not.toBe(first);
      expect(host.left()).toEqual([]);
      expect(host.amended).toMatchObject([{ left: [], passes: 18 }]);
    });
  }, 90_000);
});

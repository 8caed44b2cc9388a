import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warmProviderId } from '../../domain/ids.ts';
import type { JanitorReport } from '../../domain/janitor.ts';
import { DECISIONS_QUEUE } from '../../domain/queues.ts';
import type { WarmInput, WarmStatus } from '../../domain/warm.ts';
import type { janitor } from '../../workflows/janitor.ts';
import type { warmProvider } from '../../workflows/warm-provider.ts';
import { FakeHost, type HostScript } from './fake-host.ts';
import { eventually, startHarness, type Harness } from './harness.ts';
import { plannedDependency } from './planned.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

const published = (tag: string, digit: string) => ({
  ...plannedDependency('keycloak'),
  version: { tag, commit: digit.repeat(40), chaos: false },
});
const FIRST = published('1.0.0+26.4.0', '1');
const SECOND = published('1.1.0+26.4.1', '2');

const INPUT: WarmInput = {
  recipe: 'keycloak',
  host: 'test',
  zone: 'ci.test',
  instance: '0a1b2c3d',
  sources: '/srv/{recipe}',
  probeEveryMs: 200,
};

type Warm = NonNullable<HostScript['warm']>;

/** A provider on a host whose script can be changed while it is up. */
async function started(warm: Warm, script: HostScript = {}) {
  const host = new FakeHost({ ...script, warm });
  const handle = await harness.environment.client.workflow.start<typeof warmProvider>('warmProvider', {
    workflowId: `${warmProviderId('keycloak', 'test')}-${randomUUID().slice(0, 8)}`,
    taskQueue: DECISIONS_QUEUE,
    args: [INPUT],
  });
  const status = () => handle.query<WarmStatus>('warmStatus');
  return {
    host,
    handle,
    status,
    serve: <T>(body: () => Promise<T>) => harness.serve(host, body),
    isHealthy: (version: string) =>
      eventually(`${version} is healthy`, async () => {
        const now = await status();
        return now.phase === 'serving' && now.version === version && now.healthy === true;
      }),
    stop: (force = false) => handle.executeUpdate('stopWarm', { args: [{ force }] }),
    upgrade: () => handle.executeUpdate('upgradeWarm'),
  };
}

const refused = async (update: Promise<unknown>): Promise<string> => {
  const error: unknown = await update.catch((caught: unknown) => caught);
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${String(error)}`);
  return error.cause?.message ?? '';
};

const isDeploy = (line: string) => line.startsWith('deploy ');

describe('a provider that is kept warm', () => {
  it('is deployed once, looked at again and again, and removed until nothing is left [R-54, R-48]', async () => {
    const { host, handle, serve, isHealthy, stop, status } = await started({ planned: FIRST });
    await serve(async () => {
      await isHealthy('1.0.0+26.4.0');
      expect(await status()).toMatchObject({ domain: 'warm-keycloak.ci.test', realms: 0 });
      const looks = () => host.journal.filter((line) => line.startsWith('look ')).length;
      const before = looks();
      await eventually('three more looks', () => looks() >= before + 3);
      expect(host.left()).toHaveLength(2);
      await stop();
      expect(await handle.result()).toMatchObject({ phase: 'removed', left: [], removed: 2 });
    });
    expect(host.left()).toEqual([]);
    expect(host.journal.filter(isDeploy)).toHaveLength(1);
    const order = host.journal.filter((line) => /^(forget|fence|remove)/.test(line));
    expect(order.map((line) => line.split(' ')[0])).toEqual(['forget', 'fence', 'remove']);
  });

  it('that does not come up is removed and says why', async () => {
    const { host, handle, serve } = await started({ planned: FIRST }, { deployFails: 'E_CRASH_LOOP' });
    const ended = await serve(() => handle.result());
    expect(ended).toMatchObject({
      phase: 'failed',
      fault: expect.stringContaining('E_CRASH_LOOP') as string,
    });
    expect(host.left()).toEqual([]);
  });

  it('that is ill is waited for, however long it takes: it does not fail [R-54]', async () => {
    const warm: Warm = { planned: FIRST };
    const { serve, isHealthy, status, stop, handle } = await started(warm);
    await serve(async () => {
      await isHealthy('1.0.0+26.4.0');
      warm.unhealthy = 'the host boots';
      await eventually('it is seen', async () => (await status()).healthy === false);
      expect(await status()).toMatchObject({ phase: 'serving', reason: 'the host boots' });
      delete warm.unhealthy;
      await isHealthy('1.0.0+26.4.0');
      expect((await status()).reason).toBeUndefined();
      await stop();
      await handle.result();
    });
  });

  it('is upgraded to a version only once a whole run of that version has passed [R-54]', async () => {
    const warm: Warm = { planned: FIRST };
    const { host, serve, isHealthy, upgrade, stop, handle } = await started(warm);
    await serve(async () => {
      await isHealthy('1.0.0+26.4.0');
      await upgrade();
      expect(host.journal.filter(isDeploy)).toHaveLength(1);
      warm.planned = SECOND;
      expect(await refused(upgrade())).toContain('no whole run of keycloak 1.1.0+26.4.1 has passed');
      warm.proven = true;
      warm.realms = 1;
      expect(await refused(upgrade())).toContain('a run has a realm there');
      expect(host.journal.filter(isDeploy)).toHaveLength(1);
      warm.realms = 0;
      await upgrade();
      await isHealthy('1.1.0+26.4.1');
      const deploys = host.journal.filter(isDeploy);
      // Over the one that runs: the same environment, so the data stays.
      expect([deploys.length, new Set(deploys).size]).toEqual([2, 1]);
      await stop();
      await handle.result();
    });
  });

  it('stays while runs have realms there, unless it is forced', async () => {
    const warm: Warm = { planned: FIRST, realms: 2 };
    const { host, serve, isHealthy, stop, handle } = await started(warm);
    await serve(async () => {
      await isHealthy('1.0.0+26.4.0');
      expect(await refused(stop())).toContain('2 runs have realms there');
      warm.unhealthy = 'no answer within 10 s';
      expect(await refused(stop())).toContain('cannot be seen: no answer within 10 s');
      expect(host.left()).toHaveLength(2);
      await stop(true);
      expect(await handle.result()).toMatchObject({ phase: 'removed', left: [] });
    });
  });

  it('is cut short when it is stopped while it is deployed', async () => {
    const { host, serve, stop, handle } = await started({ planned: FIRST }, { deployed: () => false });
    await serve(async () => {
      await eventually('the deploy', () => host.deploys() === 1);
      await stop();
      expect(await handle.result()).toMatchObject({ phase: 'failed', left: [] });
    });
    expect(host.left()).toEqual([]);
  });

  it('has an owner as long as its workflow is open, and is an orphan to the janitor afterwards [R-46]', async () => {
    const { serve, isHealthy, handle, host } = await started({ planned: FIRST });
    const look = async (reclaim: boolean): Promise<JanitorReport> => {
      const where = { host: 'test', instance: '0a1b2c3d', zone: 'ci.test' };
      const how = { reclaim, confirmAfterMs: 500, atMost: 5, trustNamespace: true, lateEveryMs: 50 };
      const started = await harness.environment.client.workflow.start<typeof janitor>('janitor', {
        workflowId: `janitor-test-${randomUUID().slice(0, 8)}`,
        taskQueue: DECISIONS_QUEUE,
        args: [{ ...where, ...how }],
      });
      return started.result();
    };
    await serve(async () => {
      await isHealthy('1.0.0+26.4.0');
      expect((await look(true)).environments).toMatchObject([{ fate: 'owned', runId: handle.workflowId }]);
      expect(host.left()).toHaveLength(2);
      await handle.terminate('by hand');
      expect((await look(true)).environments).toMatchObject([{ fate: 'reclaimed' }]);
    });
    expect(host.left()).toEqual([]);
  });
});

/**
 * Records the histories that the replay lane replays: `node test/replay/record.ts`. Run it when a change of workflow code
 * is meant to change the order of its commands and no run of the older code can be open any more; otherwise the change
 * needs a patch (CONTRIBUTING.md) and the old histories stay. With names of scenarios only those are recorded.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { FakeHost, type HostScript } from '../workflows/fake-host.ts';
import { progressSchema } from '../../domain/progress.ts';
import { STAGES, type Stage } from '../../domain/stages.ts';
import { adoptionId, warmProviderId } from '../../domain/ids.ts';
import type { JanitorInput } from '../../domain/janitor.ts';
import { DECISIONS_QUEUE } from '../../domain/queues.ts';
import type { WarmInput, WarmStatus } from '../../domain/warm.ts';
import { eventually, runInput, startHarness, WITH_BASE, type Harness } from '../workflows/harness.ts';
import { plannedDependency } from '../workflows/planned.ts';
import { HISTORIES } from './histories.ts';

type Handle = Awaited<ReturnType<Harness['start']>>;

const SLOW: HostScript = { deployMs: 30_000 };

/** Needs a forge, which needs a provider, and a store. */
const DEPENDENT = {
  ...WITH_BASE,
  dependencies: [
    plannedDependency('store'),
    plannedDependency('provider'),
    plannedDependency('forge', 'provider'),
  ],
  deps: ['store', 'forge'],
};

interface Scenario {
  readonly script: HostScript;
  readonly stages?: readonly Stage[];
  readonly holdMs?: number;
  readonly act?: (run: Handle) => Promise<unknown>;
}

const SCENARIOS: Record<string, Scenario> = {
  passed: { script: {} },
  failed: { script: { data: { broken: { assertInstalled: '' } } } },
  lifecycle: { script: { plan: WITH_BASE }, stages: STAGES },
  'base-broken': { script: { plan: WITH_BASE, baseFails: 'E_CRASH_LOOP' }, stages: STAGES },
  cancelled: {
    script: SLOW,
    act: (run) => run.executeUpdate('cancelRun', { args: [{ reason: 'recorded' }] }),
  },
  terminated: { script: SLOW, act: (run) => run.terminate('recorded') },
  dependent: { script: { plan: DEPENDENT }, stages: STAGES },
  held: { script: {}, holdMs: 60_000, act: releaseHold },
};

const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);

/** What people do with a held environment: keep it longer, then let it go. */
async function releaseHold(run: Handle): Promise<void> {
  const guardId = async () => progressSchema.parse(await run.query('progress')).guardId ?? '';
  await eventually('a hold', async () => progressSchema.parse(await run.query('progress')).phase === 'held');
  await run.executeUpdate('hold', { args: [{ forMs: 120_000 }] });
  await client.workflow.getHandle(await guardId()).executeUpdate('release');
}

const harness = await startHarness();
const { client } = harness.environment;

async function save(name: string, workflowId: string, executionId?: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, executionId).fetchHistory();
  // Stack traces name the folder of the checkout that they were recorded in.
  const text = historyToJSON(history).replaceAll(fileURLToPath(new URL('../../', import.meta.url)), '');
  await writeFile(new URL(`${name}.json`, HISTORIES), `${text}\n`);
}

async function guardOf(runId: string): Promise<string> {
  let found: string | undefined;
  await eventually(`the guard of ${runId} has closed`, async () => {
    const query = `WorkflowId STARTS_WITH 'guard-${runId}' AND ExecutionStatus = 'Completed'`;
    for await (const guard of client.workflow.list({ query })) found = guard.workflowId;
    return found !== undefined;
  });
  return found ?? '';
}

await mkdir(HISTORIES, { recursive: true });
for (const [name, { script, stages, holdMs, act }] of Object.entries(SCENARIOS)) {
  if (!isWanted(name)) continue;
  const host = new FakeHost(script);
  await harness.serve(host, async () => {
    const run = await harness.start({
      ...(stages ? { stages: [...stages] } : {}),
      ...(holdMs === undefined ? {} : { holdMs }),
    });
    if (act) {
      await eventually('a deploy', () => host.left().length > 0);
      await act(run);
    }
    await run.result().catch((error: unknown) => {
      if (name !== 'terminated') throw error;
    });
    await save(`recipe-run.${name}`, run.workflowId);
    await save(`environment-guard.${name}`, await guardOf(run.workflowId));
  });
}
if (isWanted('leases')) await save('host-pool.leases', 'host-pool-test');
if (isWanted('janitor')) await recordJanitor();
if (isWanted('warm')) await recordWarm();
for (const [type, workflow, given] of [
  ['recipe-plan', 'recipePlan', runInput({ stages: [...STAGES] })],
  ['inventory', 'inventory', { host: 'test', instance: '0a1b2c3d' }],
] as const) {
  if (!isWanted('answered')) continue;
  await harness.serve(new FakeHost(), async () => {
    const handle = await client.workflow.start(workflow, {
      workflowId: `${type}-recorded`,
      taskQueue: DECISIONS_QUEUE,
      args: [given],
    });
    await handle.result();
    await save(`${type}.answered`, handle.workflowId);
  });
}
await harness.close();

/** An orphan that takes its guard more than one execution, so that its last history is one of a late removal. */
async function recordJanitor(): Promise<void> {
  const id = randomUUID();
  const run = 'run-sample-3f2a9c1d0b4e-1a2b3c';
  const host = new FakeHost({ leakyPasses: 17, requests: { [id]: runInput({}) } });
  host.plant(id, run);
  const input: JanitorInput = {
    ...{ host: 'test', instance: '0a1b2c3d', zone: 'ci.test', reclaim: true, trustNamespace: true },
    ...{ confirmAfterMs: 1_000, atMost: 5, lateEveryMs: 50 },
  };
  await harness.serve(host, async () => {
    const workflowId = 'janitor-test';
    await client.workflow.execute('janitor', { workflowId, taskQueue: DECISIONS_QUEUE, args: [input] });
    await save('janitor.reclaimed', workflowId);
    const guard = client.workflow.getHandle(adoptionId(id, run));
    const { runId } = await guard.describe();
    await guard.result();
    await save('environment-guard.adopted', guard.workflowId, runId);
    await save('environment-guard.late', guard.workflowId);
  });
}

/** A provider that is brought up, looked at twice and taken down. */
async function recordWarm(): Promise<void> {
  const host = new FakeHost({ warm: { planned: plannedDependency('keycloak') } });
  const input: WarmInput = {
    ...{ recipe: 'keycloak', host: 'test', zone: 'ci.test', instance: '0a1b2c3d' },
    ...{ sources: '/srv/{recipe}', probeEveryMs: 200 },
  };
  await harness.serve(host, async () => {
    const handle = await client.workflow.start('warmProvider', {
      workflowId: warmProviderId('keycloak', 'test'),
      taskQueue: DECISIONS_QUEUE,
      args: [input],
    });
    await eventually(
      'a provider',
      async () => (await handle.query<WarmStatus>('warmStatus')).healthy === true,
    );
    const looks = () => host.journal.filter((line) => line.startsWith('look ')).length;
    await eventually('two looks', () => looks() >= 2);
    await handle.executeUpdate('stopWarm', { args: [{ force: false }] });
    await handle.result();
    await save('warm-provider.removed', handle.workflowId);
  });
}

/**
 * Records the histories that the replay lane replays: `node test/replay/record.ts`. Run it when a change of workflow code
 * is meant to change the order of its commands and no run of the older code can be open any more; otherwise the change
 * needs a patch (docs/adr) and the old histories stay.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { FakeHost, type HostScript } from '../workflows/fake-host.ts';
import { STAGES, type Stage } from '../../domain/stages.ts';
import { eventually, startHarness, WITH_BASE, type Harness } from '../workflows/harness.ts';
import { HISTORIES } from './histories.ts';

type Handle = Awaited<ReturnType<Harness['start']>>;

const SLOW: HostScript = { deployMs: 30_000 };

interface Scenario {
  readonly script: HostScript;
  readonly stages?: readonly Stage[];
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
};

const harness = await startHarness();
const { client } = harness.environment;

async function save(name: string, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
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
for (const [name, { script, stages, act }] of Object.entries(SCENARIOS)) {
  const host = new FakeHost(script);
  await harness.serve(host, async () => {
    const run = await harness.start(stages ? { stages: [...stages] } : {});
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
await save('host-pool.leases', 'host-pool-test');
await harness.close();

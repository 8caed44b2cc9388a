import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { readHistories } from './histories.ts';

const logger = new DefaultLogger('ERROR');
Runtime.install({ logger, telemetryOptions: { logging: { forward: {} } } });

async function bundleOf(workflows: string): Promise<WorkflowBundle> {
  return bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(workflows, import.meta.url)), logger });
}

const byName = new Map(readHistories().map((recorded) => [recorded.name, recorded]));

async function replay(workflowBundle: WorkflowBundle, name: string): Promise<void> {
  const recorded = byName.get(name);
  if (!recorded) throw new Error(`there is no history ${name}`);
  await Worker.runReplayHistory({ workflowBundle }, recorded.history, recorded.workflowId);
}

describe('the recorded histories', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleOf('../../workflows/index.ts');
  }, 60_000);

  it('cover a run and its guard in every way of ending', () => {
    const endings = ['passed', 'lifecycle', 'base-broken', 'failed', 'cancelled', 'terminated', 'held'];
    const names = endings.flatMap((ending) => [
      `recipe-run.${ending}.json`,
      `environment-guard.${ending}.json`,
    ]);
    expect([...byName.keys()]).toEqual(expect.arrayContaining(names));
  });

  it('cover every type of workflow', () => {
    const types = new Set([...byName.values()].map(({ type }) => type));
    expect([...types].sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each([...byName.keys()])('%s is replayed by the workflows of today [R-80]', async (name) => {
    await expect(replay(bundle, name)).resolves.toBeUndefined();
  });

  it('are refused by workflows that do something else', async () => {
    const other = await bundleOf('other-workflows.ts');
    await expect(replay(other, 'recipe-run.passed.json')).rejects.toThrow(/TMPRL1100|[Nn]ondeterminism/);
  }, 60_000);
});

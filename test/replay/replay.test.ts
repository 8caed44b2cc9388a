import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HISTORIES } from './histories.ts';

const logger = new DefaultLogger('ERROR');
Runtime.install({ logger, telemetryOptions: { logging: { forward: {} } } });
const recorded = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

async function bundleOf(workflows: string): Promise<WorkflowBundle> {
  return bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(workflows, import.meta.url)), logger });
}

/** The workflow id decides the ids of children, so a replay needs the recorded one. */
const startedSchema = z.looseObject({
  events: z.tuple(
    [z.looseObject({ workflowExecutionStartedEventAttributes: z.looseObject({ workflowId: z.string() }) })],
    z.unknown(),
  ),
});

async function replay(workflowBundle: WorkflowBundle, name: string): Promise<void> {
  const history: unknown = JSON.parse(readFileSync(new URL(name, HISTORIES), 'utf8'));
  const { workflowId } = startedSchema.parse(history).events[0].workflowExecutionStartedEventAttributes;
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
}

describe('the recorded histories', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleOf('../../workflows/index.ts');
  }, 60_000);

  it('cover a run and its guard in every way of ending', () => {
    const endings = ['passed', 'lifecycle', 'base-broken', 'failed', 'cancelled', 'terminated'];
    expect(recorded.sort()).toEqual(
      [
        ...endings.flatMap((ending) => [`recipe-run.${ending}.json`, `environment-guard.${ending}.json`]),
        'host-pool.leases.json',
        'janitor.reclaimed.json',
        'environment-guard.adopted.json',
        'environment-guard.late.json',
      ].sort(),
    );
  });

  it.each(recorded)('%s is replayed by the workflows of today [R-80]', async (name) => {
    await expect(replay(bundle, name)).resolves.toBeUndefined();
  });

  it('are refused by workflows that do something else', async () => {
    const other = await bundleOf('other-workflows.ts');
    await expect(replay(other, 'recipe-run.passed.json')).rejects.toThrow(/TMPRL1100|[Nn]ondeterminism/);
  }, 60_000);
});

import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/connection.ts';
import { stackName } from '../../domain/ids.ts';
import type { Results } from '../../domain/results.ts';
import { observeDocker, serviceChanges } from './observer.ts';
import { guardOf, resultsOf, startRun, workerOf } from './runs.ts';
import { config, eventually, inventory } from './stack.ts';

let client: Client;
beforeAll(async () => {
  client = await connect(config);
});
afterAll(() => client.connection.close());

async function nothingLeft(seconds: number): Promise<void> {
  await eventually('an empty inventory', seconds, async () =>
    (await inventory()).length === 0 ? true : undefined,
  );
}

function stackOf(results: Results): string {
  return stackName(results.domain ?? '');
}

describe('the death of a worker', () => {
  const itself = (run: string) => Promise.resolve(run);

  it.each([
    ['deploy', 'SIGKILL', itself, 'deployApp'],
    ['wait for convergence', 'SIGKILL', itself, 'awaitConverged'],
    ['wait for convergence', 'SIGTERM', itself, 'awaitConverged'],
    ['removal', 'SIGKILL', (run: string) => guardOf(client, run), 'removeEnvironment'],
  ])(
    'in the middle of the %s by %s changes no verdict [R-01] [R-46]',
    async (_what, signal, owner, activity) => {
      const observer = await observeDocker();
      const since = Date.now();
      const run = await startRun();
      process.kill(await workerOf(client, await owner(run), activity), signal);
      const results = await resultsOf(run, since, 150);
      const changes = serviceChanges(await observer.stop(), stackOf(results));
      expect(results).toMatchObject({ verdict: 'passed', deployCount: 1, leaked: false });
      expect(changes).toEqual({ [`${stackOf(results)}_app`]: { created: 1, changed: 0 } });
      await nothingLeft(10);
    },
  );
});

describe('a run that is closed from outside in the middle of its deploy', () => {
  const namespace = () => client.options.namespace;
  const CLOSINGS: Record<string, (run: string) => Promise<unknown>> = {
    terminated: (run) => client.workflow.getHandle(run).terminate('a test'),
    deleted: (run) =>
      client.workflowService.deleteWorkflowExecution({
        namespace: namespace(),
        workflowExecution: { workflowId: run },
      }),
  };

  it.each(Object.keys(CLOSINGS))(
    '%s: the environment is empty within 60 s and results are written [R-46]',
    async (how) => {
      const since = Date.now();
      const run = await startRun();
      await workerOf(client, run, 'deployApp');
      await CLOSINGS[how]?.(run);
      const results = await resultsOf(run, since, 60);
      expect(results).toMatchObject({ verdict: 'cancelled', code: 'E_TERMINATED', teardown: { left: [] } });
      await nothingLeft(60);
    },
  );

  it('reset to before its guard: the old environment is removed, a new one is made and graded', async () => {
    const since = Date.now();
    const run = await startRun();
    const oldGuard = await guardOf(client, run);
    await workerOf(client, run, 'deployApp');
    const history = await client.workflow.getHandle(run).fetchHistory();
    const firstTask = history.events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    if (firstTask === undefined || firstTask === null) throw new Error('no workflow task has completed');
    await client.workflowService.resetWorkflowExecution({
      namespace: namespace(),
      workflowExecution: { workflowId: run },
      reason: 'a test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: firstTask,
    });
    await eventually('the old guard has closed', 60, async () => {
      const { status } = await client.workflow.getHandle(oldGuard).describe();
      return status.name === 'COMPLETED' ? true : undefined;
    });
    const results = await resultsOf(run, since, 150);
    expect(results).toMatchObject({ verdict: 'passed', deployCount: 1 });
    await nothingLeft(10);
  });
});

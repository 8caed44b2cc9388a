import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isErrno } from '../../activities/support/errno.ts';
import { connect } from '../../client/connection.ts';
import { stackName } from '../../domain/ids.ts';
import { observeDocker, serviceChanges } from './observer.ts';
import {
  environmentOf,
  removingGuardOf,
  resultsOf,
  runningActivity,
  startRun,
  takeoverOf,
  TOO_LATE,
} from './runs.ts';
import { config, eventually, inventory } from './stack.ts';

let client: Client;
beforeAll(async () => {
  client = await connect(config);
});
afterAll(() => client.connection.close());

/** Long enough for something that still runs to make an object again. */
const SETTLED_MS = 2_500;

async function nothingLeft(seconds: number): Promise<void> {
  await eventually('an empty inventory', seconds, async () =>
    (await inventory()).length === 0 ? true : undefined,
  );
  await delay(SETTLED_MS);
  expect(await inventory()).toEqual([]);
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return true;
    throw error;
  }
}

describe('the loss of a worker', () => {
  const itself = (run: string) => Promise.resolve(run);
  const guard = (run: string) => removingGuardOf(client, run);
  /** What a signal does to the worker, and within how many seconds its process must be gone. */
  const LOSSES = { SIGKILL: ['dies', 2], SIGTERM: ['stops', 20], SIGSTOP: ['freezes', 8] } as const;

  it.each([
    ['deploy', 'SIGKILL', itself, 'deployApp'],
    ['wait for convergence', 'SIGKILL', itself, 'awaitConverged'],
    ['wait for convergence', 'SIGTERM', itself, 'awaitConverged'],
    ['wait for convergence', 'SIGSTOP', itself, 'awaitConverged'],
    ['removal', 'SIGKILL', guard, 'removeEnvironment'],
  ] as const)(
    'in the middle of the %s by %s: another attempt takes over, with the same verdict [R-01] [R-46]',
    // A signal that came after the activity was complete has tested nothing.
    { retry: { count: 2, condition: new RegExp(TOO_LATE) } },
    async (_what, signal, owner, activity) => {
      const observer = await observeDocker();
      const since = Date.now();
      const run = await startRun();
      const lost = await runningActivity(client, await owner(run), activity);
      process.kill(lost.pid, signal);
      const [does, seconds] = LOSSES[signal];
      await eventually(`${lost.pid} ${does} and is gone`, seconds, () => isGone(lost.pid) || undefined);
      const results = await resultsOf(run, since, 150);
      const stack = stackName(results.domain ?? '');
      expect(results).toMatchObject({ verdict: 'passed', deployCount: 1, leaked: false });
      expect(serviceChanges(await observer.stop(), stack)).toEqual({
        [`${stack}_app`]: { created: 1, changed: 0 },
      });
      await nothingLeft(10);
      expect(await takeoverOf(client, lost)).toBeGreaterThanOrEqual(2);
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
      await runningActivity(client, run, 'deployApp');
      await CLOSINGS[how]?.(run);
      const results = await resultsOf(run, since, 60);
      expect(results).toMatchObject({ verdict: 'cancelled', code: 'E_TERMINATED', teardown: { left: [] } });
      await nothingLeft(60);
    },
  );

  it('reset to before its guard: the old environment is removed, a new one is made and graded', async () => {
    const since = Date.now();
    const run = await startRun();
    const { guardId: oldGuard } = await environmentOf(client, run);
    await runningActivity(client, run, 'deployApp');
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

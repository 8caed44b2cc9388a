import { MockActivityEnvironment } from '@temporalio/testing';
import { TerminatedFailure, WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createDecisionActivities } from '../../../activities/decision-activities.ts';
import type { DecisionActivities } from '../../../activities/types.ts';

const RUN = 'run-1';
const GUARD = 'guard-run-1';

/** How the one run is that the server knows. */
interface Seen {
  readonly status: string;
  /** Attempts of its pending workflow task. */
  readonly attempt?: number;
  /** Why it closed. */
  readonly cause?: Error;
}

function activitiesOn(seen: Seen): { activities: DecisionActivities; terminated: string[] } {
  const terminated: string[] = [];
  const handle = {
    describe: () =>
      Promise.resolve({
        status: { name: seen.status },
        runId: 'r1',
        raw: {
          pendingChildren: [{ workflowId: GUARD }],
          ...(seen.attempt === undefined ? {} : { pendingWorkflowTask: { attempt: seen.attempt } }),
        },
      }),
    terminate: (reason: string) => Promise.resolve(terminated.push(reason)),
    result: () => Promise.reject(new WorkflowFailedError('closed', seen.cause, 'NON_RETRYABLE_FAILURE')),
  };
  const client = { workflow: { getHandle: () => handle } } as unknown as Client;
  return { activities: createDecisionActivities(client), terminated };
}

/** Watches for a moment. */
async function watch(seen: Seen): Promise<{ outcome: string; terminated: string[] }> {
  const { activities, terminated } = activitiesOn(seen);
  const environment = new MockActivityEnvironment();
  const looked = environment.run(() => activities.watchParent({ parentId: RUN, guardId: GUARD }));
  setTimeout(() => environment.cancel('CANCELLED'), 100);
  const outcome = await looked.catch(() => 'still watching');
  if (typeof outcome !== 'string') throw new Error('a watch ends with a word');
  return { outcome, terminated };
}

describe('the watch', () => {
  it('ends a run whose workflow task fails again and again [R-80]', async () => {
    const { outcome, terminated } = await watch({ status: 'RUNNING', attempt: 7 });
    expect(outcome).toBe('parent-closed');
    expect(terminated).toEqual(['its workflow task could not be done in 7 attempts']);
  });

  it('bears the attempts that dying workers cost', async () => {
    expect(await watch({ status: 'RUNNING', attempt: 4 })).toEqual({
      outcome: 'still watching',
      terminated: [],
    });
  });
});

describe('the status of a closed run', () => {
  it.each<[string, Seen, string]>([
    [
      'that the watch has ended',
      {
        status: 'TERMINATED',
        cause: new TerminatedFailure('its workflow task could not be done in 7 attempts'),
      },
      'GIVEN_UP',
    ],
    [
      'that a person has ended',
      { status: 'TERMINATED', cause: new TerminatedFailure('enough') },
      'TERMINATED',
    ],
    [
      'whose history did not fit',
      {
        status: 'FAILED',
        cause: ApplicationFailure.create({ message: '[TMPRL1100] Nondeterminism error: …' }),
      },
      'GIVEN_UP',
    ],
    [
      'that failed in another way',
      { status: 'FAILED', cause: ApplicationFailure.create({ message: 'no input' }) },
      'FAILED',
    ],
    ['that completed', { status: 'COMPLETED' }, 'COMPLETED'],
  ])('%s', async (_how, seen, status) => {
    const { activities } = activitiesOn(seen);
    expect(await activities.workflowStatus({ workflowId: RUN })).toBe(status);
  });
});

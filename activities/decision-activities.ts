import { Context } from '@temporalio/activity';
import {
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DECISIONS_QUEUE, hostPoolId } from '../domain/queues.ts';
import { findOwners, statusOf } from './janitor-owners.ts';
import type { DecisionActivities, WatchOutcome } from './types.ts';

/** How often the watch looks; a reset run is noticed within this time. */
const WATCH_INTERVAL_MS = 1_000;
/** Ends a watch before its activity's own bound, so that the guard simply starts the next one. */
const WATCH_FOR_MS = 55 * 60_000;

/**
 * A workflow task that was tried so often fails for a reason of its own: with the server’s pauses in between this takes
 * about a minute, and dying or frozen workers are replaced within seconds.
 */
const MOST_TASK_ATTEMPTS = 7;
const GIVEN_UP = 'its workflow task could not be done';
/** The SDK's mark on a history that does not fit the code. */
const UNFIT = 'TMPRL1100';

const poolStateSchema = z.object({ kept: z.object({ holder: z.string(), untilMs: z.number() }).optional() });

/** Activities that talk to Temporal only. */
export function createDecisionActivities(client: Client): DecisionActivities {
  return {
    async workflowStatus({ workflowId, executionId }) {
      const status = await statusOf(client, workflowId, executionId);
      if (status !== 'FAILED' && status !== 'TERMINATED') return status;
      return (await wasGivenUp(client.workflow.getHandle(workflowId, executionId))) ? 'GIVEN_UP' : status;
    },

    findOwners: (asked) => findOwners(client, asked),

    async ensureHostPool({ host }) {
      await client.workflow.start('hostPool', {
        workflowId: hostPoolId(host),
        taskQueue: DECISIONS_QUEUE,
        workflowTaskTimeout: '5 seconds',
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `leases of host ${host}`,
        args: [{ host }],
      });
    },

    async keptOnHost({ host }) {
      try {
        const state: unknown = await client.workflow.getHandle(hostPoolId(host)).query('poolState');
        return poolStateSchema.parse(state).kept ?? null;
      } catch (error) {
        // The pool starts with the first environment.
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },

    async watchParent({ parentId, guardId }): Promise<WatchOutcome> {
      const context = Context.current();
      const until = Date.now() + WATCH_FOR_MS;
      while (Date.now() < until) {
        const seen = await lookAt(client, parentId, guardId);
        if (seen !== 'owner') return seen;
        context.heartbeat();
        await delay(WATCH_INTERVAL_MS, undefined, { signal: context.cancellationSignal });
      }
      return 'open';
    },
  };
}

/**
 * Whether the run is open and still counts the guard among its children. A run that was reset to before the guard's
 * start does not, and the server does not apply the close policy to such a guard.
 */
async function lookAt(
  client: Client,
  parentId: string,
  guardId: string,
): Promise<'owner' | Exclude<WatchOutcome, 'open'>> {
  try {
    const run = await client.workflow.getHandle(parentId).describe();
    if (run.status.name !== 'RUNNING' && run.status.name !== 'PAUSED') return 'parent-closed';
    const { pendingWorkflowTask: task } = run.raw;
    if (task && (task.attempt ?? 0) >= MOST_TASK_ATTEMPTS) {
      // It cannot be cancelled: that would be one more such task.
      await client.workflow
        .getHandle(parentId, run.runId)
        .terminate(`${GIVEN_UP} in ${task.attempt} attempts`);
      return 'parent-closed';
    }
    const children = run.raw.pendingChildren ?? [];
    return children.some((child) => child.workflowId === guardId) ? 'owner' : 'orphaned';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'parent-gone';
    // Temporal being away for a moment says nothing about the run.
    if (isGrpcServiceError(error)) return 'owner';
    throw error;
  }
}

/** Whether a closed workflow was closed because its code could not go on. */
async function wasGivenUp(handle: WorkflowHandle): Promise<boolean> {
  try {
    await handle.result();
    return false;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const why = error.cause?.message ?? '';
    return why.startsWith(GIVEN_UP) || why.includes(UNFIT);
  }
}

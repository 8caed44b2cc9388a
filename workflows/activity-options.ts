import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { DecisionActivities, HostActivities } from '../activities/types.ts';
import { DECISIONS_QUEUE, hostQueue } from '../domain/queues.ts';

type Activities<T> = ReturnType<typeof proxyActivities<T>>;

/** Retries are for infrastructure only: codes that must not be repeated arrive as non-retryable failures. */
const RETRY = {
  // A dead worker is the common reason of a first retry: take over at once.
  initialInterval: '100 milliseconds',
  backoffCoefficient: 3,
  maximumInterval: '10 seconds',
  // Heartbeat timeouts count as attempts too, and a frozen worker can swallow several before it is killed.
  maximumAttempts: 8,
} as const;

function onHost(host: string): ActivityOptions {
  return {
    taskQueue: hostQueue(host),
    // With the worker's 500 ms throttle a takeover begins about 4 s after a death, and a busy host causes no false one.
    heartbeatTimeout: '4 seconds',
    // The default behaves as TRY_CANCEL, which lets the removal overlap a running step.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: RETRY,
  };
}

/**
 * Bounds of one long operation: the operation has its own bound and reports its own cause, so the server's clock must never
 * be the first to strike. Room for two takeovers, each of which may take the whole time again.
 */
export function bounded(
  operationMs: number,
): Pick<ActivityOptions, 'startToCloseTimeout' | 'scheduleToCloseTimeout'> {
  const attemptMs = operationMs + 60_000;
  return { startToCloseTimeout: attemptMs, scheduleToCloseTimeout: attemptMs * 3 };
}

/** Long operations and assertions on a host; calls override the bound where the recipe's limits say otherwise. */
export function hostSteps(host: string, operationMs: number): Activities<HostActivities> {
  return proxyActivities<HostActivities>({ ...onHost(host), ...bounded(operationMs) });
}

/** Removal and reporting: bounded each time, and repeated by the guard with durable timers. */
export function hostCleanup(host: string): Activities<HostActivities> {
  return proxyActivities<HostActivities>({
    ...onHost(host),
    startToCloseTimeout: '2 minutes',
    // Also what a cleanup waits at most for a host whose workers are all gone: three passes take at most 10 minutes.
    scheduleToCloseTimeout: '3 minutes',
  });
}

/** Short calls to Temporal itself. */
export const decisions = proxyActivities<DecisionActivities>({
  taskQueue: DECISIONS_QUEUE,
  // They take milliseconds and send no heartbeat: this is how long a worker that died with one is waited for.
  startToCloseTimeout: '5 seconds',
  // Idempotent and cheap: a Temporal that is away for a while must not fail a run.
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** How long one watch lasts before the guard starts the next; bounds the damage of a watch that is lost. */
export const WATCH_TIMEOUT = '1 hour';

/** The guard's watch over its run: one long activity, not waited for when the guard stops it. */
export const watch = proxyActivities<Pick<DecisionActivities, 'watchParent'>>({
  taskQueue: DECISIONS_QUEUE,
  startToCloseTimeout: WATCH_TIMEOUT,
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '10 seconds' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

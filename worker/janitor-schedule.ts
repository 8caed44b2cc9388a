import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client';
import type { Logger } from 'pino';
import { LATE_EVERY_MS } from '../domain/guard.ts';
import { CONFIRM_AFTER_MS, MOST_AT_ONCE, type JanitorInput } from '../domain/janitor.ts';
import { DECISIONS_QUEUE, janitorId } from '../domain/queues.ts';

interface Installation {
  readonly host: string;
  readonly instance: string;
  readonly zone: string;
}

/** How often a worker sees to the schedule again: a Temporal whose database was lost has none. */
const AGAIN_MS = 10 * 60_000;
const EVERY_MS = 10 * 60_000;

/** Sees to the schedule of the janitor now and every ten minutes; a Temporal that is away is asked again later. */
export function keepJanitorScheduled(client: Client, installation: Installation, logger: Logger): void {
  const ensure = () =>
    ensureJanitorSchedule(client, installation).catch((error: unknown) => {
      logger.warn({ error }, 'the schedule of the janitor could not be seen to');
    });
  void ensure();
  setInterval(() => void ensure(), AGAIN_MS).unref();
}

/**
 * Makes the schedule of the janitor of a host, or brings it up to date. People may pause it: whether it is paused is
 * theirs, and it stays so.
 */
export async function ensureJanitorSchedule(client: Client, installation: Installation): Promise<void> {
  const options = scheduleOf(installation);
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    const found = await handle.describe();
    // Asked only when something has changed, so that a pause that comes in between is never undone by a mere restart.
    if (!isUpToDate(found, options)) await handle.update((now) => ({ ...options, state: now.state }));
    return;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  try {
    await client.schedule.create(options);
  } catch (error) {
    // Another worker was faster.
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

function scheduleOf({ host, instance, zone }: Installation) {
  const input: JanitorInput = {
    host,
    instance,
    zone,
    reclaim: true,
    confirmAfterMs: CONFIRM_AFTER_MS,
    atMost: MOST_AT_ONCE,
    trustNamespace: false,
    lateEveryMs: LATE_EVERY_MS,
  };
  return {
    scheduleId: janitorId(host),
    spec: { intervals: [{ every: EVERY_MS }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'janitor',
      workflowId: janitorId(host),
      taskQueue: DECISIONS_QUEUE,
      args: [input],
      workflowTaskTimeout: '5 seconds',
      staticSummary: `look for orphans on ${host}`,
    },
    policies: {
      // A tick that waits for its second look, or for a removal, is the only one.
      overlap: ScheduleOverlapPolicy.SKIP,
      // What was missed while Temporal was away is done by one tick.
      catchupWindow: AGAIN_MS,
    },
  } satisfies ScheduleOptions;
}

function isUpToDate({ spec, action, policies }: ScheduleDescription, wanted: ReturnType<typeof scheduleOf>) {
  return (
    isDeepStrictEqual(
      spec.intervals?.map(({ every }) => every),
      wanted.spec.intervals.map(({ every }) => every),
    ) &&
    isDeepStrictEqual(action.args, wanted.action.args) &&
    action.workflowType === wanted.action.workflowType &&
    action.taskQueue === wanted.action.taskQueue &&
    policies.overlap === wanted.policies.overlap &&
    policies.catchupWindow === wanted.policies.catchupWindow
  );
}

import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { workerConfigSchema } from '../../domain/config.ts';
import { DECISIONS_QUEUE, hostQueue } from '../../domain/queues.ts';
import { configured, fail, ok, type Check } from './check.ts';
import { START_TEMPORAL, TEMPORAL_LIMIT_MS, withTemporal } from './temporal.ts';

const QueueType = proto.temporal.api.enums.v1.TaskQueueType;
/** A poll is held for a minute, so a worker that lives is never silent for longer; the server forgets others later. */
const ALIVE_MS = 75_000;

/** Whether anybody takes the work of the queue of decisions and of that of this host. */
export const workers: Check = {
  name: 'workers',
  limitMs: TEMPORAL_LIMIT_MS,
  remedy: START_TEMPORAL,
  look: async (context) => {
    const { CCI_HOST } = configured(context, workerConfigSchema.pick({ CCI_HOST: true }));
    const polled = [
      { queue: DECISIONS_QUEUE, type: QueueType.TASK_QUEUE_TYPE_WORKFLOW },
      { queue: hostQueue(CCI_HOST), type: QueueType.TASK_QUEUE_TYPE_ACTIVITY },
    ];
    return withTemporal(context, async (connection, namespace) => {
      const counts = await Promise.all(
        polled.map(async ({ queue, type }) => ({
          queue,
          count: await pollersOf(connection, namespace, queue, type),
        })),
      );
      const idle = counts.filter(({ count }) => count === 0);
      if (idle.length === 0) return ok(counts.map(({ queue, count }) => `${queue}: ${count}`).join(', '));
      return fail(
        `nobody polls ${idle.map(({ queue }) => queue).join(' and ')}`,
        'Run `npm run up` or `cc-ci worker` on the host, and check CCI_HOST',
      );
    });
  },
};

async function pollersOf(
  connection: Connection,
  namespace: string,
  queue: string,
  taskQueueType: proto.temporal.api.enums.v1.TaskQueueType,
): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType,
  });
  const alive = pollers.filter(({ lastAccessTime }) => {
    return Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - ALIVE_MS;
  });
  return new Set(alive.map(({ identity }) => identity)).size;
}

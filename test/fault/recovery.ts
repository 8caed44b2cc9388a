import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** Status of gRPC. */
const NOT_FOUND = '5';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * When somebody else went on with the workflows, in milliseconds since 1970: the first task that a process other than
 * `lostPid` began after `afterMs`, by the histories. `undefined` when nobody did.
 */
export async function nextProgress(
  client: Client,
  workflowIds: readonly string[],
  { afterMs, lostPid }: { readonly afterMs: number; readonly lostPid: number | undefined },
): Promise<number | undefined> {
  const histories = await Promise.all(workflowIds.map((id) => historyIfAny(client, id)));
  const times = histories.flat().flatMap((event) => {
    const identity = beginner(event);
    const at = timeOf(event);
    const isOther = identity !== undefined && !(lostPid !== undefined && identity.startsWith(`${lostPid}@`));
    return isOther && at > afterMs ? [at] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Of an environment that is not the run's own, the run has no guard. */
async function historyIfAny(client: Client, workflowId: string): Promise<readonly HistoryEvent[]> {
  try {
    return (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  } catch (error) {
    if (isGrpcServiceError(error) && String(error.code) === NOT_FOUND) return [];
    throw error;
  }
}

/** Who began the activity or had completed the workflow task that an event tells of. */
function beginner(event: HistoryEvent): string | undefined {
  const { activityTaskStartedEventAttributes: activity, workflowTaskCompletedEventAttributes: task } = event;
  return activity?.identity ?? task?.identity ?? undefined;
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

/** The attempt in which each activity of a workflow was completed, in order. */
export async function attemptsOf(client: Client, workflowId: string): Promise<number[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
}

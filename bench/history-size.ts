import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

export interface HistorySize {
  readonly events: number;
  readonly historyKiB: number;
  readonly largestPayloadKiB: number;
}

/** How much Temporal keeps of a workflow, payloads as they are stored: encrypted. */
export async function sizeOf(client: Client, workflowId: string): Promise<HistorySize> {
  const recorded = await client.workflow.getHandle(workflowId).fetchHistory();
  const { History } = proto.temporal.api.history.v1;
  return {
    events: recorded.events?.length ?? 0,
    historyKiB: kibibytes(History.encode(recorded).finish().length),
    largestPayloadKiB: kibibytes(Math.max(0, ...payloadSizes(recorded))),
  };
}

/** Sizes of all payloads in a message. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const own = 'data' in value && value.data instanceof Uint8Array ? [value.data.length] : [];
  return [...own, ...Object.values(value).flatMap(payloadSizes)];
}

function kibibytes(bytes: number): number {
  return Math.round((bytes / 1024) * 10) / 10;
}

import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { isTransient, within } from './rpc.ts';

/**
 * `accepted`: the run ends its stages and removes the environment. `recorded`: no worker answered, the request waits at
 * the server. `rejected`: the run is past its stages. `unknown`: there is no such open run.
 */
export type CancelOutcome =
  | { readonly kind: 'accepted' | 'recorded' | 'unknown' }
  | { readonly kind: 'rejected'; readonly why: string };

const ANSWER_MS = 8_000;

export async function cancelRun(client: Client, runId: string, reason: string): Promise<CancelOutcome> {
  const handle = client.workflow.getHandle(runId);
  try {
    // Asked with the wrong key, the workers could not read the reason: this reads the run's memo first.
    await within(client, ANSWER_MS, () => handle.describe());
    await within(client, ANSWER_MS, () => handle.executeUpdate('cancelRun', { args: [{ reason }] }));
    return { kind: 'accepted' };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      return { kind: 'rejected', why: error.cause?.message ?? error.message };
    }
    if (error instanceof WorkflowNotFoundError) return { kind: 'unknown' };
    const unanswered = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isTransient(error);
    if (!unanswered) throw error;
  }
  // A request to cancel needs no worker: it is in the history when one comes back.
  await within(client, ANSWER_MS, () => handle.cancel());
  return { kind: 'recorded' };
}

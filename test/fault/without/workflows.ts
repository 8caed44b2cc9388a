/** The workflows with a guard that removes nothing: it gets the lease, waits until its run is through, and says so. */
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GuardInput, GuardReport } from '../../../domain/guard.ts';
import { hostPoolId } from '../../../domain/queues.ts';
import { decisions } from '../../../workflows/activity-options.ts';
import {
  leaseGrantedSignal,
  leaseHeldSignal,
  releaseSignal,
  requestLeaseSignal,
  returnLeaseSignal,
} from '../../../workflows/messages.ts';

export { hostPool } from '../../../workflows/host-pool.ts';
export { recipeRun } from '../../../workflows/recipe-run.ts';

export async function environmentGuard({ environment, run }: GuardInput): Promise<GuardReport> {
  const { host, id: environmentId, runId } = environment;
  const self = workflowInfo().workflowId;
  const pool = getExternalWorkflowHandle(hostPoolId(host));
  let granted = false;
  let over = false;
  setHandler(leaseGrantedSignal, () => {
    granted = true;
  });
  setHandler(releaseSignal, () => {
    over = true;
  });
  CancellationScope.current().cancelRequested.catch(() => {
    over = true;
  });
  return CancellationScope.nonCancellable(async () => {
    await decisions.ensureHostPool({ host });
    await pool.signal(requestLeaseSignal, { holder: self, trigger: run.trigger });
    await condition(() => granted || over);
    if (!over) await getExternalWorkflowHandle(runId).signal(leaseHeldSignal, { environmentId });
    await condition(() => over);
    await pool.signal(returnLeaseSignal, { holder: self });
    const nothing = { killed: 0, removed: [], left: [], passes: 1, durationMs: 0 };
    return { teardown: { cause: 'released', ...nothing } };
  });
}

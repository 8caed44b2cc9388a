import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchOutcome, WorkflowStatus } from '../activities/types.ts';
import type { GuardInput, GuardReport } from '../domain/guard.ts';
import { hostPoolId } from '../domain/queues.ts';
import type { Results, TeardownCause, TeardownReport } from '../domain/results.ts';
import type { StageResult } from '../domain/stages.ts';
import { abnormalResults } from './abnormal-results.ts';
import { decisions, hostCleanup, watch } from './activity-options.ts';
import {
  leakedSignal,
  leaseGrantedSignal,
  leaseHeldSignal,
  releaseSignal,
  requestLeaseSignal,
  returnLeaseSignal,
  stageNoteSignal,
} from './messages.ts';
import { Removal } from './removal.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';

/**
 * Owns one environment: the lease of its host, and the only code that removes it. Started by the run before anything
 * is created, it outlives the run in whatever way the run ends.
 */
export async function environmentGuard(input: GuardInput): Promise<GuardReport> {
  const { environment } = input;
  const self = workflowInfo().workflowId;
  const startedMs = Date.now();
  const pool = getExternalWorkflowHandle(hostPoolId(environment.host));
  const run = getExternalWorkflowHandle(environment.runId);
  const notes = new Map(input.sofar.stages.map((stage) => [stage.name, stage]));
  let cause: TeardownCause | undefined;
  let granted = false;

  setHandler(leaseGrantedSignal, () => {
    granted = true;
  });
  setHandler(stageNoteSignal, (note) => {
    // Told twice, the last word counts.
    notes.set(note.name, note);
  });
  setHandler(releaseSignal, (release) => {
    cause ??= release.abnormal ? 'abnormal' : 'released';
  });
  CancellationScope.current().cancelRequested.catch(() => {
    cause ??= 'parent-closed';
  });

  return CancellationScope.nonCancellable(async () => {
    const watching = new CancellationScope();
    watching
      .run(() => watchRun(environment.runId, self))
      .then((outcome) => {
        cause ??= outcome;
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.warn('the watch ended', { error: String(error) });
      });

    await retried(async () => {
      await decisions.ensureHostPool({ host: environment.host });
      await pool.signal(requestLeaseSignal, { holder: self });
    });
    const inTime = await condition(() => granted || cause !== undefined, input.ttlMs);
    if (inTime && cause === undefined) {
      await quietly('the run', () => run.signal(leaseHeldSignal, { environmentId: environment.id }));
      const leftMs = Math.max(1, input.ttlMs - (Date.now() - startedMs));
      await condition(() => cause !== undefined, leftMs);
    }
    const why = (cause ??= 'ttl');
    watching.cancel();

    const removal = new Removal(input, why);
    await removal.begin();
    let report = await removal.untilEmpty();
    await quietly('the pool', () => pool.signal(returnLeaseSignal, { holder: self }));
    const results = await reportForRun(input, why, [...notes.values()], report, removal.deployCount);
    if (report.left.length > 0) {
      log.error('objects are left; going on every 10 minutes', { left: report.left });
      await quietly('the run', () => run.signal(leakedSignal, { environmentId: environment.id, report }));
      report = await removal.late();
    }
    return { teardown: report, ...(results === undefined ? {} : { results }) };
  });
}

/** Watches until the run is no longer the open owner of this guard. */
async function watchRun(parentId: string, guardId: string): Promise<Exclude<WatchOutcome, 'open'>> {
  for (;;) {
    try {
      const look = watch.watchParent;
      const outcome = await look.executeWithOptions({ summary: `watch over ${parentId}` }, [
        { parentId, guardId },
      ]);
      if (outcome !== 'open') return outcome;
    } catch (error) {
      if (isCancellation(error)) throw error;
      // No worker for a long time: watch on when there is one.
      log.warn('the watch was lost; starting it again', { error: String(error) });
      await sleep('10 seconds');
    }
  }
}

/** Tells somebody who may be gone; a run's end is seen by the watch, a pool's lost holder by the pool. */
async function quietly(who: string, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    log.info(`${who} is gone`, { error: String(error) });
  }
}

/** How the execution that started this guard ended; the same id may be running again by now. */
function parentStatus(workflowId: string): Promise<WorkflowStatus> {
  const executionId = workflowInfo().parent?.runId;
  const execution = executionId === undefined ? {} : { executionId };
  return retried(() => decisions.workflowStatus({ workflowId, ...execution }));
}

/** The results, when the run can no longer write them itself. A reset run (`orphaned`) writes its own. */
async function reportForRun(
  input: GuardInput,
  cause: TeardownCause,
  notes: readonly StageResult[],
  teardown: TeardownReport,
  deployCount: number | undefined,
): Promise<Results | undefined> {
  if (cause === 'released' || cause === 'abnormal' || cause === 'orphaned') return undefined;
  const status = await parentStatus(input.environment.runId);
  const results = abnormalResults({ input, cause, status, notes, teardown, deployCount, nowMs: Date.now() });
  const write = hostCleanup(input.environment.host).writeResults;
  await retried(
    () => write.executeWithOptions({ summary: `write the results: ${results.verdict}` }, [results]),
    PUBLISH_FOR_MS,
  );
  return results;
}

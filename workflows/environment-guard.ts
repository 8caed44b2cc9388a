import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchOutcome, WorkflowStatus } from '../activities/types.ts';
import { withSeen } from '../domain/failure-signature.ts';
import {
  LATE_EVERY_MS,
  type AdoptionInput,
  type GuardInput,
  type GuardReport,
  type LateInput,
  type Release,
} from '../domain/guard.ts';
import { guardDetails, type GuardAtGlance } from '../domain/guard-details.ts';
import { hostPoolId } from '../domain/queues.ts';
import type { Results, TeardownCause, TeardownReport, Verdict } from '../domain/results.ts';
import type { StageResult } from '../domain/stages.ts';
import { withTeardown } from '../domain/with-teardown.ts';
import { abnormalResults } from './abnormal-results.ts';
import { decisions, hostCleanup, watch } from './activity-options.ts';
import { adoptEnvironment } from './adopt-environment.ts';
import { GuardHold } from './guard-hold.ts';
import { removeLate } from './late-removal.ts';
import {
  holdNewsSignal,
  keptSignal,
  leakedSignal,
  leaseGrantedSignal,
  leaseHeldSignal,
  releaseSignal,
  requestLeaseSignal,
  returnLeaseSignal,
  stageNoteSignal,
} from './messages.ts';
import { countTeardown } from './metrics.ts';
import { Removal } from './removal.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';
import { putVerdict } from './search-keys.ts';

/**
 * Owns one environment, and is the only code that removes it. Started by the run before anything is created, it outlives
 * the run in whatever way the run ends. Started by the janitor it adopts what has lost its run and its guard.
 */
export async function environmentGuard(input: GuardInput | AdoptionInput | LateInput): Promise<GuardReport> {
  if ('adopt' in input) return CancellationScope.nonCancellable(() => adoptEnvironment(input));
  if ('late' in input) return CancellationScope.nonCancellable(() => removeLate(input));
  return guardEnvironment(input);
}

async function guardEnvironment(input: GuardInput): Promise<GuardReport> {
  const { environment } = input;
  const self = workflowInfo().workflowId;
  const startedMs = Date.now();
  const pool = getExternalWorkflowHandle(hostPoolId(environment.host));
  const run = getExternalWorkflowHandle(environment.runId);
  const notes = new Map(input.sofar.stages.map((stage) => [stage.name, stage]));
  let cause: TeardownCause | undefined;
  /** Of a run that is waiting for this guard's report, too: then it will write no results. */
  let parentClosed = false;
  let verdict: Verdict | undefined;
  let health: Release['health'];
  let granted = false;
  let glance: GuardAtGlance = { lease: 'waiting' };
  const show = (change: Partial<GuardAtGlance>) => {
    glance = { ...glance, ...change };
    setCurrentDetails(guardDetails(input, glance));
  };
  const hold = new GuardHold({
    run: (news) =>
      quietly('the run', () => run.signal(holdNewsSignal, { environmentId: environment.id, ...news })),
    pool: (kept) => quietly('the pool', () => pool.signal(keptSignal, kept)),
    show: (heldUntilMs) => show({ heldUntilMs }),
  });

  show({});
  setHandler(leaseGrantedSignal, () => {
    granted = true;
    show({ lease: 'held' });
  });
  setHandler(stageNoteSignal, (note) => {
    // Told twice, the last word counts.
    notes.set(note.name, note);
  });
  setHandler(releaseSignal, (release) => {
    verdict = release.verdict;
    health = release.health;
    cause ??= release.abnormal ? 'abnormal' : 'released';
  });
  CancellationScope.current().cancelRequested.catch(() => {
    parentClosed = true;
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
      const { host } = environment;
      await decisions.ensureHostPool.executeWithOptions({ summary: `see to the pool of ${host}` }, [
        { host },
      ]);
      await pool.signal(requestLeaseSignal, {
        holder: self,
        trigger: input.run.trigger,
        run: environment.runId,
        registries: input.registries ?? [],
      });
    });
    const inTime = await condition(() => granted || cause !== undefined, input.ttlMs, {
      summary: `wait at most for host ${environment.host}`,
    });
    if (inTime && cause === undefined) {
      await quietly('the run', () => run.signal(leaseHeldSignal, { environmentId: environment.id }));
      const leftMs = Math.max(1, input.ttlMs - (Date.now() - startedMs));
      const isDone = () => cause !== undefined;
      await condition(() => isDone() || hold.asked !== undefined, leftMs, { summary: 'time to live' });
      if (hold.asked && !isDone()) {
        await hold.untilOver(isDone);
        cause ??= 'released';
      }
    }
    const why = (cause ??= 'ttl');
    watching.cancel();

    show({ cause: why });
    const removal = new Removal(environment, { cause: why }, (report) => show({ report }));
    await removal.begin();
    const teardown = await removal.untilEmpty();
    countTeardown(teardown);
    await quietly('the pool', () => pool.signal(returnLeaseSignal, { holder: self, health: health ?? [] }));
    const results = await reportForRun(input, {
      // Who was reset writes results of its own.
      cause: parentClosed && why !== 'orphaned' ? 'parent-closed' : why,
      notes: [...notes.values()],
      published: hold.asked?.results,
      teardown,
      deployCount: removal.deployCount,
    });
    // Of a run that can still speak the removal is all that is missing.
    verdict = results?.verdict ?? verdictWith(teardown, hold.asked?.results.verdict ?? verdict);
    if (verdict !== undefined) putVerdict({ verdict });
    show({ lease: 'returned', verdict });
    const report = { teardown, ...(results === undefined ? {} : { results }) };
    if (teardown.left.length === 0) return report;
    log.error('objects are left; going on every 10 minutes', { left: teardown.left });
    const { id: environmentId } = environment;
    await quietly('the run', () => run.signal(leakedSignal, { environmentId, report: teardown }));
    return removeLate({ late: { environment, report, everyMs: LATE_EVERY_MS } });
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
      await sleep('10 seconds', { summary: 'until the watch starts again' });
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
  return retried(() =>
    decisions.workflowStatus.executeWithOptions({ summary: 'how did the run end?' }, [
      { workflowId, ...execution },
    ]),
  );
}

/** The verdict of a run whose environment was removed like this. */
function verdictWith({ left }: TeardownReport, verdict: Verdict | undefined): Verdict | undefined {
  return verdict === undefined || verdict === 'failed' || left.length === 0 ? verdict : 'leaked';
}

/** What is known when the removal is through. */
interface Known {
  readonly cause: TeardownCause;
  readonly notes: readonly StageResult[];
  /** By the run, before its environment was held. */
  readonly published: Results | undefined;
  readonly teardown: TeardownReport;
  readonly deployCount: number | undefined;
}

/** The results, when the run can no longer write them itself. A reset run (`orphaned`) writes its own. */
async function reportForRun(input: GuardInput, known: Known): Promise<Results | undefined> {
  const { cause, published, teardown } = known;
  if (cause === 'released' || cause === 'abnormal' || cause === 'orphaned') return undefined;
  const results = published
    ? withTeardown(published, teardown)
    : abnormalResults({
        ...known,
        input,
        status: await parentStatus(input.environment.runId),
        nowMs: Date.now(),
      });
  const write = hostCleanup(input.environment.host).writeResults;
  const written = await retried(
    () => write.executeWithOptions({ summary: `write the results: ${results.verdict}` }, [results]),
    PUBLISH_FOR_MS,
  );
  return withSeen(results, written?.seen);
}

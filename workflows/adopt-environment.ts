import { getExternalWorkflowHandle, log, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Orphan, WorkflowStatus } from '../activities/types.ts';
import type { AdoptionInput, GuardReport } from '../domain/guard.ts';
import { guardDetails, type GuardAtGlance } from '../domain/guard-details.ts';
import type { Results, TeardownReport } from '../domain/results.ts';
import { abnormalResults } from './abnormal-results.ts';
import { decisions, hostCleanup } from './activity-options.ts';
import { removeLate } from './late-removal.ts';
import { leakedSignal } from './messages.ts';
import { countTeardown } from './metrics.ts';
import { Removal } from './removal.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';
import { putVerdict } from './search-keys.ts';

/**
 * The guard of an environment that has lost its run and its guard. It needs no lease, because a removal takes none from
 * a run that waits, and no watch, because an environment whose run has ended never gets another one.
 */
export async function adoptEnvironment({ adopt }: AdoptionInput): Promise<GuardReport> {
  const cleanup = hostCleanup(adopt.host);
  const orphan = await retried(() =>
    cleanup.readOrphan.executeWithOptions({ summary: `who was ${adopt.environmentId}?` }, [adopt]),
  );
  const { environment, request } = orphan;
  let glance: GuardAtGlance = { lease: 'not needed', cause: 'adopted' };
  const show = (change: Partial<GuardAtGlance>) => {
    glance = { ...glance, ...change };
    setCurrentDetails(guardDetails({ environment, ...request }, glance));
  };
  show({});
  const removal = new Removal(environment, { cause: 'adopted' }, (report) => show({ report }));
  await removal.begin();
  const teardown = await removal.untilEmpty();
  countTeardown(teardown);
  const results = await publish(orphan, removal, teardown);
  if (results) {
    putVerdict({ verdict: results.verdict });
    show({ verdict: results.verdict });
  }
  const report = { teardown, ...(results ? { results } : {}) };
  if (teardown.left.length === 0) return report;
  // Found like every guard that still removes for a run that has closed (docs/temporal-ui.md).
  if (!results) putVerdict({ verdict: 'leaked' });
  log.error('objects of an orphan are left; going on', { environment: environment.id, left: teardown.left });
  await tellFinder(environment.id, teardown);
  return removeLate({ late: { environment, report, everyMs: adopt.lateEveryMs } });
}

/** The results, when nobody has written any and it is known what was asked for; else the report of the removal alone. */
async function publish(
  { environment, published, request }: Orphan,
  removal: Removal,
  teardown: TeardownReport,
): Promise<Results | undefined> {
  const { runId, host } = environment;
  const cleanup = hostCleanup(host);
  if (published) {
    await removal.amend(teardown);
    return undefined;
  }
  if (!request) {
    const write = cleanup.writeTeardown;
    const summary = 'write what was removed';
    await retried(() => write.executeWithOptions({ summary }, [{ runId, teardown }]), PUBLISH_FOR_MS);
    return undefined;
  }
  const status: WorkflowStatus = await retried(() =>
    decisions.workflowStatus.executeWithOptions({ summary: 'how did the run end?' }, [{ workflowId: runId }]),
  );
  const results = abnormalResults({
    input: { ...request, environment, sofar: { stages: [], baseFailure: undefined } },
    cause: 'adopted',
    status,
    notes: [],
    teardown,
    deployCount: removal.deployCount,
    nowMs: Date.now(),
  });
  const summary = `write the results: ${results.verdict}`;
  await retried(() => cleanup.writeResults.executeWithOptions({ summary }, [results]), PUBLISH_FOR_MS);
  return results;
}

/** The janitor waits for the end, or for word that it will take longer. */
async function tellFinder(environmentId: string, report: TeardownReport): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(leakedSignal, { environmentId, report });
  } catch (error) {
    log.info('the janitor is gone', { error: String(error) });
  }
}

import {
  ChildWorkflowCancellationType,
  condition,
  log,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { adoptionId } from '../domain/ids.ts';
import {
  alarm,
  confirmed,
  judge,
  orphansOf,
  removableOrphans,
  type Finding,
  type JanitorInput,
  type JanitorProgress,
  type JanitorReport,
  type OwnersAnswer,
  type Survey,
} from '../domain/janitor.ts';
import { janitorDetails } from '../domain/janitor-details.ts';
import type { TeardownReport } from '../domain/results.ts';
import { decisions, hostCleanup } from './activity-options.ts';
import type { environmentGuard } from './environment-guard.ts';
import { janitorProgressQuery, leakedSignal } from './messages.ts';
import { countLook } from './metrics.ts';
import { hostPair, putVerdict } from './search-keys.ts';

/** An adopted guard reports or tells of what is left long before; after this time it is simply left to itself. */
const GUARD_REPORTS_WITHIN = '20 minutes';

/**
 * Finds environments of an installation whose run and guard are both gone, by two looks some time apart, and gives each
 * to a guard in adopt mode, which removes it. The janitor itself removes nothing.
 */
export async function janitor(input: JanitorInput): Promise<JanitorReport> {
  let progress: JanitorProgress = { phase: 'looking', orphans: 0 };
  const told = new Map<string, TeardownReport>();
  setHandler(janitorProgressQuery, () => progress);
  setHandler(leakedSignal, ({ environmentId, report }) => void told.set(environmentId, report));
  const conclude = (report: JanitorReport) => {
    progress = { phase: 'done', orphans: orphansOf(report.environments).length };
    return concluded(input, report);
  };

  const first = await look(input, 1);
  const orphans = orphansOf(first.environments).length;
  if (!input.reclaim || first.alert || orphans === 0) return conclude(first);

  const until = new Date(Date.now() + input.confirmAfterMs).toISOString();
  progress = { phase: 'waiting', orphans, until };
  setCurrentDetails(janitorDetails(first, { secondLook: until }));
  await sleep(input.confirmAfterMs, { summary: 'until the second look' });
  const second = await look(input, 2);
  const going = new Set(confirmed(first.environments, second.environments));
  if (second.alert || going.size === 0) return conclude(second);

  progress = { phase: 'reclaiming', orphans: going.size };
  setCurrentDetails(janitorDetails(second, { reclaiming: going.size }));
  const reclaimed = await Promise.all([...going].map((orphan) => reclaim(input, orphan, told)));
  const outcomes = new Map(reclaimed.map((one) => [one.environmentId, one]));
  const environments = second.environments.map((one) => {
    const seenOnce = one.fate === 'orphan' ? { ...one, why: `${one.why}; seen once only` } : one;
    return outcomes.get(one.environmentId) ?? seenOnce;
  });
  return conclude({ ...second, environments });
}

async function look(input: JanitorInput, looks: number): Promise<JanitorReport> {
  const { host, instance, zone } = input;
  const summary = `what does installation ${instance} have on ${host}?`;
  const survey: Survey = await hostCleanup(host).surveyHost.executeWithOptions({ summary }, [
    { instance, zone },
  ]);
  const environments = survey.environments.map(({ environmentId, runId }) => ({
    environmentId,
    ...(runId === undefined ? {} : { runId }),
  }));
  const answer: OwnersAnswer =
    environments.length === 0
      ? { owners: [], remembers: true }
      : await decisions.findOwners.executeWithOptions({ summary: 'who sees to it?' }, [
          { host, environments },
        ]);
  const findings = judge(survey, answer);
  const orphans = removableOrphans(findings, survey);
  const seen = { orphans, omitted: survey.omitted, remembers: answer.remembers };
  const alert = alarm(seen, input);
  const { omitted, strangers } = survey;
  return {
    host,
    looks,
    environments: [...findings],
    omitted,
    strangers: [...strangers],
    ...(alert ? { alert } : {}),
  };
}

async function reclaim(
  input: JanitorInput,
  orphan: Finding,
  told: ReadonlyMap<string, TeardownReport>,
): Promise<Finding> {
  const { environmentId, runId } = orphan;
  const { host, instance, lateEveryMs } = input;
  const workflowId = adoptionId(environmentId, runId);
  try {
    const guard = await startChild<typeof environmentGuard>('environmentGuard', {
      workflowId,
      args: [
        { adopt: { environmentId, ...(runId === undefined ? {} : { runId }), instance, host, lateEveryMs } },
      ],
      workflowTaskTimeout: '5 seconds',
      // It goes on whatever becomes of the janitor.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      typedSearchAttributes: [hostPair(host)],
      staticSummary: `guard of the orphan ${environmentId}`,
      staticDetails: 'Removes an environment whose run and guard were gone, and verifies it.',
    });
    const leaked = condition(() => told.has(environmentId), GUARD_REPORTS_WITHIN).then(() =>
      told.get(environmentId),
    );
    const teardown = await Promise.race([guard.result().then((report) => report.teardown), leaked]);
    return { ...orphan, adoptedBy: workflowId, ...outcomeOf(teardown) };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      return { ...orphan, fate: 'owned', why: `${workflowId} has just adopted it`, adoptedBy: workflowId };
    }
    log.error('an orphan could not be reclaimed', { environmentId, error: String(error) });
    return { ...orphan, fate: 'left', why: `its guard failed: ${String(error)}`, adoptedBy: workflowId };
  }
}

/** Of a list that goes into a report; the guard has all of it. */
const MOST_LEFT = 20;

function outcomeOf(teardown: TeardownReport | undefined): Pick<Finding, 'fate' | 'why' | 'removed' | 'left'> {
  if (!teardown) return { fate: 'left', why: 'its guard has not reported yet' };
  const removed = teardown.removed.length;
  if (teardown.left.length === 0) return { fate: 'reclaimed', why: 'removed, and seen to be gone', removed };
  const left = teardown.left.slice(0, MOST_LEFT);
  return { fate: 'left', why: `${teardown.left.length} left; its guard goes on`, removed, left };
}

function concluded(input: JanitorInput, report: JanitorReport): JanitorReport {
  const leaks = report.environments.filter(({ fate }) => fate === 'left');
  setCurrentDetails(janitorDetails(report, {}));
  countLook(input.host, report);
  putVerdict({ verdict: report.alert ? 'errored' : leaks.length > 0 ? 'leaked' : 'passed' });
  const { alert } = report;
  if (alert) log.error(`${alert.code}: ${alert.reason}`, { host: input.host, remedy: alert.remedy });
  for (const { environmentId, why } of leaks)
    log.error('an orphan is not reclaimed yet', { environmentId, why });
  if (report.strangers.length > 0) {
    log.warn('objects look like those of an environment but carry no label; they stay', {
      strangers: report.strangers.map(({ kind, name }) => `${kind} ${name}`),
    });
  }
  return report;
}

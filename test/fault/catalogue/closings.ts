import { randomUUID } from 'node:crypto';
import type { Expectation, FaultCase, Place, Struck } from '../case.ts';
import type { PlatformName } from '../lane.ts';
import { cancel, guardOf, remove, terminate, wakeBehindRemoval } from '../strikes.ts';
import { DATA, faultCase, INSTALL, slowed, UPGRADE } from './build.ts';

const CANCELLED: Expectation = { verdict: 'cancelled', code: 'E_CANCELLED' };
const TERMINATED: Expectation = { verdict: 'cancelled', code: 'E_TERMINATED' };
const PASSED: Expectation = { verdict: 'passed' };

/** Resets a run to the end of a workflow task. */
async function resetTo({ client, runId }: Struck, which: 'first' | 'last'): Promise<void> {
  const { events } = await client.workflow.getHandle(runId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const task = which === 'first' ? tasks[0] : tasks.at(-1);
  if (task?.eventId === undefined || task.eventId === null) throw new Error('no workflow task has completed');
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: runId },
    reason: 'a fault',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId,
  });
}

async function terminateGuard(run: Struck): Promise<void> {
  await run.client.workflow.getHandle(await guardOf(run)).terminate('a fault');
}

interface Spot {
  readonly at: Place;
  readonly stages: FaultCase['stages'];
  /** Method of the dummy platform that has to last. */
  readonly method?: string;
}
const DEPLOY: Spot = { at: { activity: 'deployApp', moment: 'before' }, stages: INSTALL, method: 'deploy' };
const CONVERGE: Spot = {
  at: { activity: 'awaitConverged', moment: 'before' },
  stages: INSTALL,
  method: 'converged',
};
const UPGRADING: Spot = { at: { activity: 'upgradeApp', moment: 'before' }, stages: UPGRADE };
const SAVING: Spot = {
  at: { activity: 'createBackup', moment: 'before' },
  stages: DATA,
  method: 'createBackup',
};
const RESTORING: Spot = {
  at: { activity: 'restoreBackup', moment: 'before' },
  stages: DATA,
  method: 'restoreBackup',
};
const EVIDENCE: Spot = {
  at: { activity: 'collectEvidence', moment: 'before' },
  stages: INSTALL,
  method: 'saveLogs',
};
const REMOVAL: Spot = {
  at: { activity: 'removeEnvironment', moment: 'before' },
  stages: INSTALL,
  method: 'undeploy',
};

/** On the real platform operations take their time; the dummy is told to. */
function at(platform: PlatformName, { at: place, stages, method }: Spot) {
  const middle: Place = platform === 'swarm' ? { ...place, moment: 'middle' } : place;
  const steps = platform === 'dummy' && method !== undefined ? { steps: slowed(method) } : {};
  return { platform, at: middle, stages, ...steps };
}

/** In every sample: each of these ends a run in a way of its own. */
const ALWAYS = ['terminated', 'deleted', 'reset to before its guard'];

function closings(platform: PlatformName): FaultCase[] {
  const stagesSpots = [DEPLOY, CONVERGE, UPGRADING, SAVING, RESTORING];
  const deadline = (what: string, { stages, method = '' }: Spot, deadlineMs: number) =>
    faultCase({
      platform,
      fault: 'deadline',
      place: what,
      stages,
      input: { deadlineMs },
      steps: { [method]: [{ delayMs: 120_000 }] },
      strike: () => Promise.resolve(),
      expect: { verdict: 'errored', code: 'E_DEADLINE' },
    });
  return [
    ...stagesSpots.map((spot) =>
      faultCase({ ...at(platform, spot), fault: 'cancelled', strike: cancel, expect: CANCELLED }),
    ),
    ...stagesSpots.map((spot) =>
      faultCase({ ...at(platform, spot), fault: 'terminated', strike: terminate, expect: TERMINATED }),
    ),
    ...[DEPLOY, SAVING].map((spot) =>
      faultCase({ ...at(platform, spot), fault: 'deleted', strike: remove, expect: TERMINATED }),
    ),
    ...[DEPLOY, SAVING].map(({ at: place, stages }) =>
      faultCase({
        ...at(platform, { at: place, stages }),
        fault: 'terminated while its worker is frozen',
        strike: wakeBehindRemoval,
        expect: TERMINATED,
      }),
    ),
    // What is over cannot be cancelled any more.
    faultCase({ ...at(platform, REMOVAL), fault: 'cancelled', strike: cancel, expect: PASSED }),
    faultCase({ ...at(platform, REMOVAL), fault: 'terminated', strike: terminate, expect: TERMINATED }),
    faultCase({ ...at(platform, EVIDENCE), fault: 'terminated', strike: terminate, expect: TERMINATED }),
    ...[DEPLOY, SAVING].map((spot) =>
      faultCase({
        ...at(platform, spot),
        fault: 'reset to before its guard',
        strike: (run) => resetTo(run, 'first'),
        expect: { ...PASSED, environments: 2 },
      }),
    ),
    ...[CONVERGE, UPGRADING, RESTORING].map((spot) =>
      faultCase({
        ...at(platform, spot),
        fault: 'reset to behind its guard',
        strike: (run) => resetTo(run, 'last'),
        expect: PASSED,
      }),
    ),
    faultCase({
      ...at(platform, CONVERGE),
      fault: 'guard terminated',
      strike: terminateGuard,
      expect: { verdict: 'errored', code: 'E_INTERNAL' },
    }),
    ...(platform === 'dummy'
      ? [deadline('deploy', DEPLOY, 4_000), deadline('backup', SAVING, 30_000)]
      : [deadline('install', DEPLOY, 1_500)]),
  ];
}

export const CLOSINGS: readonly FaultCase[] = [
  ...closings('dummy'),
  ...closings('swarm').map((one) => ({
    ...one,
    always: one.at?.activity === DEPLOY.at.activity && ALWAYS.includes(one.fault),
  })),
];

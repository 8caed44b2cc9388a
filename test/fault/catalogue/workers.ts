import type { FaultCase, Place } from '../case.ts';
import {
  cutConnection,
  freezeAndWake,
  freezeWorker,
  killWorker,
  powerCut,
  restartTemporal,
  stopWorker,
} from '../strikes.ts';
import type { Stage } from '../../../domain/stages.ts';
import { DATA, faultCase, INSTALL, slowed, UPGRADE } from './build.ts';

/** Every activity of a run and of its guard that a run of the dummy platform has, each in one of its stages. */
const EVERYWHERE: readonly (Omit<Place, 'moment'> & { readonly stages: readonly Stage[] })[] = [
  { activity: 'prepare', stages: INSTALL },
  { activity: 'lintRecipe', stages: ['lint', 'install'] },
  { activity: 'ensureHostPool', stages: INSTALL },
  { activity: 'fetchImages', stages: INSTALL },
  { activity: 'deployApp', stages: INSTALL },
  { activity: 'awaitConverged', stage: 'install', stages: INSTALL },
  { activity: 'assertInstalled', stages: INSTALL },
  { activity: 'seedMarkers', stage: 'upgrade', stages: UPGRADE },
  { activity: 'upgradeApp', stages: UPGRADE },
  { activity: 'assertVersion', stage: 'upgrade', stages: UPGRADE },
  { activity: 'assertServing', stage: 'upgrade', stages: UPGRADE },
  { activity: 'checkMarkers', stage: 'upgrade', stages: UPGRADE },
  { activity: 'prepareBackup', stages: DATA },
  { activity: 'seedMarkers', stage: 'backup', stages: DATA },
  { activity: 'createBackup', stages: DATA },
  { activity: 'assertServing', stage: 'backup', stages: DATA },
  { activity: 'destroyMarkers', stages: DATA },
  { activity: 'checkMarkers', stage: 'restore', stages: DATA },
  { activity: 'restoreBackup', stages: DATA },
  { activity: 'awaitConverged', stage: 'restore', stages: DATA },
  { activity: 'assertWritable', stages: DATA },
  { activity: 'assertServing', stage: 'custom', stages: ['install', 'custom'] },
  { activity: 'collectEvidence', stages: INSTALL },
  { activity: 'closeFence', stages: INSTALL },
  { activity: 'removeEnvironment', stages: INSTALL },
  { activity: 'writeResults', stages: INSTALL },
];

const kill = (at: Place, stages: readonly Stage[]) =>
  faultCase({ fault: 'worker killed', platform: 'dummy', at, stages, strike: killWorker, takesOver: true });

/** The worker dies with a task in its hands, on the dummy platform: at every boundary there is. */
export const KILLS_ON_DUMMY: readonly FaultCase[] = EVERYWHERE.flatMap(({ stages, ...where }) => [
  kill({ ...where, moment: 'before' }, stages),
  kill({ ...where, moment: 'after' }, stages),
]);

/** Operations with the method of the platform that does them, and the stages that lead there. */
const OPERATIONS = {
  deployApp: ['deploy', INSTALL],
  upgradeApp: ['converged', UPGRADE],
  createBackup: ['createBackup', DATA],
  restoreBackup: ['restoreBackup', DATA],
  removeEnvironment: ['undeploy', INSTALL],
} as const;
const OPERATING = Object.entries(OPERATIONS);

export const TASK_KILLS: readonly FaultCase[] = OPERATING.map(([activity, [, stages]]) =>
  kill({ activity, moment: 'task' }, stages),
);

export const OTHER_LOSSES: readonly FaultCase[] = OPERATING.flatMap(([activity, [method, stages]]) => {
  const at = { activity, moment: 'before' } as const;
  const common = { platform: 'dummy', at, stages, steps: slowed(method), takesOver: true } as const;
  return [
    faultCase({ ...common, fault: 'worker frozen', strike: freezeWorker }),
    faultCase({ ...common, fault: 'worker frozen, then woken', strike: freezeAndWake }),
    faultCase({ ...common, fault: 'worker stopped', strike: stopWorker }),
    faultCase({ ...common, fault: 'Temporal killed', strike: restartTemporal }),
    faultCase({ ...common, fault: 'connection cut', strike: cutConnection }),
    faultCase({ ...common, fault: 'power cut', strike: powerCut }),
  ];
});

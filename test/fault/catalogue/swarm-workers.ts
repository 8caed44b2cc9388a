import type { FaultCase, Place } from '../case.ts';
import {
  cutConnection,
  freezeAndWake,
  freezeWorker,
  killWorker,
  orphanAndWake,
  orphanBehindRemoval,
  powerCut,
  restartTemporal,
  stopWorker,
} from '../strikes.ts';
import { DATA, faultCase, INSTALL, UPGRADE } from './build.ts';
import type { Stage } from '../../../domain/stages.ts';

type Where = Omit<Place, 'moment'> & {
  readonly stages: readonly Stage[];
  readonly recipe?: string;
  readonly always?: boolean;
};

/** Operations that take long enough on a real Swarm to have a middle. */
const MIDDLES: readonly Where[] = [
  { activity: 'prepare', stages: INSTALL },
  { activity: 'deployApp', stages: INSTALL, always: true },
  { activity: 'deployApp', stages: INSTALL, recipe: 'notes-postgres' },
  { activity: 'awaitConverged', stage: 'install', stages: INSTALL },
  { activity: 'seedMarkers', stage: 'upgrade', stages: UPGRADE, recipe: 'notes-postgres' },
  { activity: 'upgradeApp', stages: UPGRADE },
  { activity: 'upgradeApp', stages: UPGRADE, recipe: 'notes-postgres', always: true },
  { activity: 'assertVersion', stage: 'upgrade', stages: UPGRADE },
  { activity: 'prepareBackup', stages: DATA },
  { activity: 'createBackup', stages: DATA },
  { activity: 'createBackup', stages: DATA, recipe: 'notes-postgres', always: true },
  { activity: 'restoreBackup', stages: DATA },
  { activity: 'restoreBackup', stages: DATA, recipe: 'notes-postgres', always: true },
  { activity: 'runSpecs', stage: 'custom', stages: ['install', 'custom'], always: true },
  { activity: 'removeEnvironment', stages: INSTALL, always: true },
];

/** Boundaries at which something has just been made or is just to be made. */
const BOUNDARIES: readonly (Where & { readonly moment: 'before' | 'after' | 'task' })[] = [
  { activity: 'deployApp', moment: 'after', stages: INSTALL },
  { activity: 'fetchImages', moment: 'after', stages: INSTALL },
  { activity: 'upgradeApp', moment: 'after', stages: UPGRADE },
  { activity: 'createBackup', moment: 'after', stages: DATA },
  { activity: 'restoreBackup', moment: 'after', stages: DATA },
  { activity: 'destroyMarkers', moment: 'after', stages: DATA },
  { activity: 'removeEnvironment', moment: 'after', stages: INSTALL },
  { activity: 'closeFence', moment: 'after', stages: INSTALL },
  { activity: 'writeResults', moment: 'after', stages: INSTALL },
  { activity: 'deployApp', moment: 'task', stages: INSTALL },
  { activity: 'upgradeApp', moment: 'task', stages: UPGRADE },
];

function on(
  { stages, recipe, always = false, ...at }: Where & { readonly moment: Place['moment'] },
  fault: string,
  strike: FaultCase['strike'],
): FaultCase {
  const name = recipe === undefined ? {} : { recipe };
  const made = faultCase({ platform: 'swarm', fault, at, strike, stages, always, ...name, takesOver: true });
  return recipe === undefined ? made : { ...made, place: `${made.place} of ${recipe}` };
}

const middle = (where: Where): Where & { readonly moment: 'middle' } => ({ ...where, moment: 'middle' });
const LONG: readonly Where[] = MIDDLES.filter(
  ({ activity, recipe }) =>
    recipe === undefined &&
    ['awaitConverged', 'upgradeApp', 'createBackup', 'removeEnvironment'].includes(activity),
).map((where) => ({ ...where, always: false }));

/** A child that sends a stack to swarm outlives its worker; frozen at first, so that it comes too late. */
const ORPHANED_CHILDREN: readonly FaultCase[] = [
  { activity: 'deployApp', stages: INSTALL },
  { activity: 'upgradeApp', stages: UPGRADE },
].flatMap(({ activity, stages }) => {
  const common = { platform: 'swarm', at: { activity, moment: 'before' }, stages } as const;
  return [
    faultCase({ ...common, fault: 'child outlives its worker', strike: orphanAndWake, takesOver: true }),
    faultCase({
      ...common,
      fault: 'child outlives its run',
      strike: orphanBehindRemoval,
      expect: { verdict: 'cancelled', code: 'E_TERMINATED' },
    }),
  ];
});

export const SWARM_WORKERS: readonly FaultCase[] = [
  ...MIDDLES.map((where) => on(middle(where), 'worker killed', killWorker)),
  ...BOUNDARIES.map((where) => on(where, 'worker killed', killWorker)),
  ...LONG.map((where) => on(middle(where), 'worker frozen, then woken', freezeAndWake)),
  ...LONG.slice(0, 2).map((where) => on({ ...middle(where), always: true }, 'worker frozen', freezeWorker)),
  ...LONG.slice(0, 3).map((where) => on(middle(where), 'worker stopped', stopWorker)),
  ...LONG.map((where) => on(middle(where), 'Temporal killed', restartTemporal)),
  ...LONG.slice(0, 3).map((where) => on(middle(where), 'connection cut', cutConnection)),
  ...LONG.map((where) => on(middle(where), 'power cut without the daemon', powerCut)),
  ...ORPHANED_CHILDREN,
];

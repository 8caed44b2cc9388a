import { nameOf, type FaultCase } from '../case.ts';
import { BUILDS } from './builds.ts';
import { CLOSINGS } from './closings.ts';
import { DAEMON } from './daemon.ts';
import { DEPENDENCIES } from './dependencies.ts';
import { DUMMIES } from './dummies.ts';
import { HOST } from './host.ts';
import { RECIPES } from './recipes.ts';
import { SWARM_DEPENDENCIES } from './swarm-dependencies.ts';
import { SWARM_WORKERS } from './swarm-workers.ts';
import { ORPHANS } from './orphans.ts';
import { WARM } from './warm.ts';
import { KILLS_ON_DUMMY, OTHER_LOSSES, TASK_KILLS } from './workers.ts';

/** The whole matrix. */
export const CASES: readonly FaultCase[] = [
  ...KILLS_ON_DUMMY,
  ...TASK_KILLS,
  ...OTHER_LOSSES,
  ...DUMMIES,
  ...CLOSINGS,
  ...ORPHANS,
  ...BUILDS,
  ...DEPENDENCIES,
  ...WARM,
  ...SWARM_WORKERS,
  ...SWARM_DEPENDENCIES,
  ...RECIPES,
  ...HOST,
  ...DAEMON,
];

const names = CASES.map(nameOf);
const twice = names.find((name, index) => names.indexOf(name) !== index);
if (twice !== undefined) throw new Error(`two cases are called "${twice}"`);

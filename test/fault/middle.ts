import type { Place } from './case.ts';
import type { Point } from './points.ts';

/**
 * When an operation is in its middle, in milliseconds from its beginning: less than half of what it takes on a quiet
 * machine, so that a busy one is still at it.
 */
const MIDDLES: Readonly<Record<string, number>> = {
  prepare: 200,
  lintRecipe: 80,
  fetchImages: 60,
  deployApp: 500,
  awaitConverged: 400,
  awaitDependency: 1500,
  assertInstalled: 40,
  assertServing: 40,
  assertVersion: 150,
  seedMarkers: 150,
  checkMarkers: 100,
  destroyMarkers: 100,
  upgradeApp: 2500,
  prepareBackup: 400,
  createBackup: 700,
  restoreBackup: 400,
  assertWritable: 100,
  runSpecs: 1500,
  collectEvidence: 80,
  removeEnvironment: 400,
};

/** The point at which the workers say that the activity has begun, and how long after it its middle is. */
export function middleOf({ moment, ...where }: Place): { readonly point: Point; readonly afterMs: number } {
  if (moment !== 'middle') return { point: { ...where, moment }, afterMs: 0 };
  const afterMs = MIDDLES[where.activity];
  if (afterMs === undefined) throw new Error(`it is not known how long ${where.activity} takes`);
  return { point: { ...where, moment: 'before' }, afterMs };
}

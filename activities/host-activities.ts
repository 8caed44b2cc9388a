import { Context } from '@temporalio/activity';
import { createBackup, prepareBackup, restoreBackup } from './backup.ts';
import { awaitConverged, deployApp, fetchImages } from './apps.ts';
import type { Results } from '../domain/results.ts';
import { awaitDependency } from './dependencies.ts';
import { collectEvidence } from './evidence.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { withHeartbeat } from './in-environment.ts';
import { assertInstalled, assertServing } from './generic-assertions.ts';
import { readOrphan, surveyHost, takeInventory, writeTeardown } from './janitor.ts';
import { lintRecipe } from './lint.ts';
import { assertWritable, checkMarkers, destroyMarkers, runBefore, seedMarkers } from './markers.ts';
import { prepare } from './prepare.ts';
import { amendResults, writeResults } from './publish.ts';
import { allowSpecs, runOwnSpecs, runSpecs } from './specs.ts';
import { closeFence, removeEnvironment } from './teardown.ts';
import { assertVersion, upgradeApp } from './upgrade.ts';
import type { Attempted, HostActivities } from './types.ts';
import { awaitWarm, forgetWarm, planWarm, probeWarm } from './warm/warm-activities.ts';
import { wireApp } from './wiring.ts';

/** Adds to the outcome of a step the attempt that reached it. */
function attempted<I, T>(step: (input: I) => Promise<T>): (input: I) => Promise<Attempted<T>> {
  return async (input) => ({ value: await step(input), attempt: attempt() });
}

function attempt(): number {
  return Context.current().info.attempt;
}

/** Those of a held environment are written twice; they count when it is gone. */
function countRun({ verdict, recipe, environmentId, teardown }: Results): void {
  if (environmentId !== undefined && teardown === undefined) return;
  const runs = Context.current().metricMeter.createCounter('cci_runs', undefined, 'Runs by verdict');
  runs.add(1, { verdict, recipe });
}

/** All activities of a host, on the given dependencies. */
export function createHostActivities(deps: HostDependencies): HostActivities {
  return {
    prepare: (input) => prepare(deps, input),
    fetchImages: (input) => fetchImages(deps, input),
    deployApp: attempted((input) => deployApp(deps, input)),
    wireApp: attempted((input) => wireApp(deps, input)),
    awaitDependency: attempted((input) => awaitDependency(deps, input)),
    awaitConverged: attempted((input) => awaitConverged(deps, input)),
    assertInstalled: attempted((input) => assertInstalled(deps, input)),
    assertServing: attempted((input) => assertServing(deps, input)),
    lintRecipe: attempted((input) => lintRecipe(deps, input)),
    runBefore: attempted((input) => runBefore(deps, input)),
    upgradeApp: attempted((input) => upgradeApp(deps, input)),
    assertVersion: attempted((input) => assertVersion(deps, input)),
    seedMarkers: attempted((input) => seedMarkers(deps, input)),
    checkMarkers: attempted((input) => checkMarkers(deps, input)),
    destroyMarkers: attempted((input) => destroyMarkers(deps, input)),
    prepareBackup: (input) => prepareBackup(deps, input),
    createBackup: attempted((input) => createBackup(deps, input)),
    restoreBackup: attempted((input) => restoreBackup(deps, input)),
    assertWritable: attempted((input) => assertWritable(deps, input)),
    runSpecs: attempted((input) => runSpecs(deps, input)),
    runRepositorySpecs: attempted((input) => runOwnSpecs(deps, input)),
    allowSpecs: (input) => allowSpecs(deps, input),
    collectEvidence: (input) => collectEvidence(deps, input),
    closeFence: ({ environment }) => closeFence(deps, environment),
    removeEnvironment: ({ environment }) => removeEnvironment(deps, environment),
    writeResults: async (results) => {
      const written = await withHeartbeat(() => writeResults(deps, results, attempt()));
      countRun(results);
      return written;
    },
    amendResults: (input) => withHeartbeat(() => amendResults(deps, input, attempt())),
    surveyHost: (input) => withHeartbeat(() => surveyHost(deps, input)),
    readOrphan: (ref) => withHeartbeat(() => readOrphan(deps, ref)),
    writeTeardown: (input) => withHeartbeat(() => writeTeardown(deps, input)),
    takeInventory: ({ instance }) => withHeartbeat(() => takeInventory(deps, instance)),
    planWarm: (input) => planWarm(deps, input),
    probeWarm: (serving) => probeWarm(deps, serving),
    forgetWarm: (input) => forgetWarm(deps, input),
    awaitWarm: attempted((input) => awaitWarm(deps, input)),
  };
}

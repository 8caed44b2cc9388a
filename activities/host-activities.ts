import { Context } from '@temporalio/activity';
import { awaitConverged, deployApp, fetchImages } from './apps.ts';
import { collectEvidence } from './evidence.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { withHeartbeat } from './in-environment.ts';
import { assertInstalled } from './generic-assertions.ts';
import { prepare } from './prepare.ts';
import { amendResults, writeResults } from './publish.ts';
import { runSpecs } from './specs.ts';
import { closeFence, removeEnvironment } from './teardown.ts';
import type { Attempted, HostActivities } from './types.ts';

/** Adds to the outcome of a step the attempt that reached it. */
function attempted<I, T>(step: (input: I) => Promise<T>): (input: I) => Promise<Attempted<T>> {
  return async (input) => ({ value: await step(input), attempt: Context.current().info.attempt });
}

/** All activities of a host, on the given dependencies. */
export function createHostActivities(deps: HostDependencies): HostActivities {
  return {
    prepare: (input) => prepare(deps, input),
    fetchImages: (input) => fetchImages(deps, input),
    deployApp: attempted((input) => deployApp(deps, input)),
    awaitConverged: attempted((input) => awaitConverged(deps, input)),
    assertInstalled: attempted((input) => assertInstalled(deps, input)),
    runSpecs: attempted((input) => runSpecs(deps, input)),
    collectEvidence: (input) => collectEvidence(deps, input),
    closeFence: ({ environment }) => closeFence(deps, environment),
    removeEnvironment: ({ environment }) => removeEnvironment(deps, environment),
    writeResults: (results) => withHeartbeat(() => writeResults(deps, results)),
    amendResults: (input) => withHeartbeat(() => amendResults(deps, input)),
    takeInventory: ({ instance }) => withHeartbeat(() => deps.platform.inventory({ instance })),
  };
}

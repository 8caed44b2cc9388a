import { awaitConverged, deployApp, fetchImages } from './apps.ts';
import { collectEvidence } from './evidence.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { withHeartbeat } from './in-environment.ts';
import { assertInstalled } from './generic-assertions.ts';
import { prepare } from './prepare.ts';
import { amendResults, writeResults } from './publish.ts';
import { runSpecs } from './specs.ts';
import { closeFence, removeEnvironment } from './teardown.ts';
import type { HostActivities } from './types.ts';

/** All activities of a host, on the given dependencies. */
export function createHostActivities(deps: HostDependencies): HostActivities {
  return {
    prepare: (input) => prepare(deps, input),
    fetchImages: (input) => fetchImages(deps, input),
    deployApp: (input) => deployApp(deps, input),
    awaitConverged: (input) => awaitConverged(deps, input),
    assertInstalled: (input) => assertInstalled(deps, input),
    runSpecs: (input) => runSpecs(deps, input),
    collectEvidence: (input) => collectEvidence(deps, input),
    closeFence: ({ environment }) => closeFence(deps, environment),
    removeEnvironment: ({ environment }) => removeEnvironment(deps, environment),
    writeResults: (results) => withHeartbeat(() => writeResults(deps, results)),
    amendResults: (input) => withHeartbeat(() => amendResults(deps, input)),
    takeInventory: ({ instance }) => withHeartbeat(() => deps.platform.inventory({ instance })),
  };
}

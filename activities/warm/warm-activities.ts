import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { stackName, warmDomain, warmProviderId } from '../../domain/ids.ts';
import { CodedError } from '../../domain/errors.ts';
import type { App, Environment, WarmPlace } from '../../domain/plan.ts';
import { EARLIER_RUNS } from '../../domain/standard-of-proof.ts';
import { warmPlace, type Serving, type WarmInput, type WarmLook, type WarmPlan } from '../../domain/warm.ts';
import { planOne } from '../dependencies.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import { inEnvironment, withHeartbeat } from '../in-environment.ts';
import { loadRecipe } from '../support/load-recipe.ts';
import { recentRuns } from '../support/run-index/recent-runs.ts';
import { withUnfenced } from '../support/unfenced-operation.ts';
import { lookAt } from './look.ts';
import { readWarmRecord, removeWarmRecord, writeWarmRecord } from './record.ts';

const PAUSE_MS = 5_000;

/** Pins the newest published version of a provider, and says whether it has proven itself on this host. */
export function planWarm(deps: HostDependencies, input: WarmInput): Promise<WarmPlan> {
  const { recipe, host, instance, sources, zone } = input;
  return withHeartbeat(async ({ progress }) => {
    const { definition } = await loadRecipe(recipe, deps.checkout);
    if (definition.deps.length > 0) {
      throw new CodedError('E_RECIPE_FOLDER', `${recipe} needs other apps, so it cannot be kept warm`);
    }
    const domain = warmDomain(recipe, zone);
    const app: App = { role: 'app', recipe, source: sources, domain, stack: stackName(domain) };
    const environment = { id: crypto.randomUUID(), runId: warmProviderId(recipe, host), instance, host };
    const planned = await withUnfenced(
      {
        environment: { ...environment, apps: [app] },
        signal: Context.current().cancellationSignal,
        progress,
      },
      (operation) => planOne(deps, { sources, zone }, operation, definition),
    );
    const runs = await recentRuns(deps.paths.index, { recipe, whole: true, limit: EARLIER_RUNS });
    const { commit } = planned.version;
    const proven = runs.some(({ head, verdict }) => head === commit && verdict === 'passed');
    return { planned, proven };
  });
}

/** Looks at a provider that is kept warm, and tells everybody on the host what it saw. */
export function probeWarm(deps: HostDependencies, { environment, planned }: Serving): Promise<WarmLook> {
  return withHeartbeat(async ({ progress }) => {
    const place = warmPlace(environment);
    const look = await withUnfenced(
      { environment, signal: Context.current().cancellationSignal, progress },
      (operation) => lookAt(deps, operation, place),
    );
    const { version } = planned;
    await writeWarmRecord(deps.paths, { ...look, environment, version });
    return look;
  });
}

/** From now on no run is planned with the provider. */
export function forgetWarm(
  deps: HostDependencies,
  { environment }: { environment: Environment },
): Promise<void> {
  return withHeartbeat(() => removeWarmRecord(deps.paths, warmPlace(environment)));
}

interface AwaitedWarm {
  readonly environment: Environment;
  readonly warm: WarmPlace;
  /** Of the version that the run was planned with. */
  readonly commit: string;
  readonly timeoutMs: number;
}

/** What has become of the provider since a run was planned with it; undefined when it is still the same. */
async function changeSince(
  { paths }: HostDependencies,
  { provider, environmentId }: WarmPlace,
  commit: string,
): Promise<string | undefined> {
  const record = await readWarmRecord(paths, provider);
  if (record?.environment.id !== environmentId) return 'was taken down after the run was planned';
  if (record.version.commit === commit) return undefined;
  return `went over to ${record.version.tag} after the run was planned`;
}

/** Waits until a run can use a provider that is kept warm. Answers why it cannot, null when it can. */
export function awaitWarm(deps: HostDependencies, at: AwaitedWarm): Promise<string | null> {
  const { environment, warm, commit, timeoutMs } = at;
  const place = `dependency-${warm.provider}`;
  return inEnvironment(deps, { environment, stage: place, lane: place }, async (operation) => {
    for (const end = Date.now() + timeoutMs; ;) {
      const changed = await changeSince(deps, warm, commit);
      if (changed !== undefined) return `the warm one at ${warm.app.domain} ${changed}`;
      const { healthy, reason = 'no reason given' } = await lookAt(deps, operation, warm);
      if (healthy) return null;
      operation.log(`${warm.app.domain}: ${reason}`);
      operation.progress(`${warm.app.domain}: ${reason}`);
      if (Date.now() + PAUSE_MS >= end) return `the warm one at ${warm.app.domain}: ${reason}`;
      await delay(PAUSE_MS, undefined, { signal: operation.signal });
    }
  });
}

import { CodedError } from '../domain/errors.ts';
import { describeOverlay } from '../domain/overlay.ts';
import { limitsOf } from '../domain/limits.ts';
import { memoryNeed } from '../domain/memory.ts';
import type { RecipeDefinition } from '../domain/recipe.ts';
import { foundRepositorySpecs } from '../domain/repository-specs.ts';
import { EARLIER_RUNS } from '../domain/standard-of-proof.ts';
import { STAGES } from '../domain/stages.ts';
import { TIMED_RUNS, usualTimes } from '../domain/timing.ts';
import { runInputSchema, type App, type Plan, type Version } from '../domain/plan.ts';
import { settingsOf } from './apps.ts';
import { planDependencies } from './dependencies.ts';
import type { HostDependencies } from './host-dependencies.ts';
import type { Examination, Versions } from './platform/port.ts';
import type { HostActivities } from './types.ts';
import { CHECKOUT, loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import { passedStages } from './support/run-index/passed-stages.ts';
import { recentRuns } from './support/run-index/recent-runs.ts';
import { isApproved } from './support/repository-specs.ts';
import { stagesWithSpecs } from './support/spec-manifest.ts';
import { writeDurably } from './support/write-durably.ts';
import { whileReading } from './while-reading.ts';

type PrepareInput = Parameters<HostActivities['prepare']>[0];

/** Reads the recipe at the pinned head and judges it; creates nothing that outlives the call. */
export function prepare(deps: HostDependencies, input: PrepareInput): Promise<Plan> {
  return whileReading(deps, input, 'prepare', async (operation, app) => {
    const plan = await makePlan(deps, input, operation, app);
    if (!input.unrecorded) {
      await writeDurably(deps.paths.plan(input.runId), `${JSON.stringify(plan, undefined, 2)}\n`);
      // For whoever has to report for a run that Temporal has forgotten.
      const request = runInputSchema.parse(input);
      await writeDurably(deps.paths.request(input.runId), `${JSON.stringify(request, undefined, 2)}\n`);
    }
    return plan;
  });
}

async function makePlan(
  deps: HostDependencies,
  input: PrepareInput,
  operation: Operation,
  app: App,
): Promise<Plan> {
  const recipe = await loadRecipe(input.recipe, deps.checkout);
  const { definition } = recipe;
  const found = await deps.platform.versions(operation, app, input.head);
  const head: Version = { ...found.head, ...(input.dirty ? { dirty: true } : {}) };
  const base = baseOf(input, definition, found);
  const versions: Version[] = base ? [base, head] : [head];
  const examined: Examination[] = [];
  for (const version of versions) {
    const settings = await settingsOf(deps, input.recipe, version);
    examined.push(await deps.platform.examine(operation, app, version, settings));
  }
  const unique = (pick: (one: (typeof examined)[number]) => readonly string[]) => [
    ...new Set(examined.flatMap(pick)),
  ];
  const dependencies = await planDependencies(deps, input, operation);
  const images = {
    base: base ? [...(examined[0]?.images ?? [])] : [],
    head: [...(examined.at(-1)?.images ?? [])],
  };
  return {
    head,
    ...(base ? { base } : {}),
    images,
    ...(recipe.overlay ? { overlay: [...describeOverlay(recipe.overlay)] } : {}),
    ...(dependencies.length > 0 ? { dependencies: [...dependencies], deps: [...definition.deps] } : {}),
    ...(await absentOf(
      deps,
      [...images.base, ...images.head, ...dependencies.flatMap((one) => one.images)],
      operation,
    )),
    memoryBytes: memoryNeed(
      definition,
      examined.map((one) => one.reservedBytes),
    ),
    secrets: unique((one) => one.secrets),
    services: unique((one) => one.services),
    specs: await stagesWithSpecs(operation, deps.checkout ?? CHECKOUT, recipe),
    ...(await ownSpecsOf(deps, input.recipe, examined.at(-1))),
    limits: limitsOf(
      definition,
      examined.map((one) => one.timeoutSeconds),
    ),
    skips: skipsOf(definition, base),
    ...(await history(deps, input.recipe, operation)),
    before: STAGES.filter((stage) => stage !== 'lint' && definition.before[stage] !== undefined),
    refusals: examined.flatMap((one) => one.refusals),
  };
}

/** What the head's repository brings itself, and whether it may run. */
async function ownSpecsOf(
  { checkout = CHECKOUT }: HostDependencies,
  recipe: string,
  head: Examination | undefined,
): Promise<Pick<Plan, 'repositorySpecs'>> {
  const files = head?.repositorySpecs ?? [];
  if (files.length === 0) return {};
  return { repositorySpecs: foundRepositorySpecs(files, await isApproved(recipe, checkout)) };
}

/** It only says which registries the run needs: the pull itself is the one to fail. */
async function absentOf(
  { platform }: HostDependencies,
  images: readonly string[],
  operation: Operation,
): Promise<Pick<Plan, 'absent'>> {
  try {
    return { absent: [...(await platform.absentImages(images))] };
  } catch (error) {
    operation.log(`the images of the host cannot be listed: ${String(error)}`);
    return {};
  }
}

/** History only informs: a run goes on without it. */
async function history(
  { paths }: HostDependencies,
  recipe: string,
  operation: Operation,
): Promise<Pick<Plan, 'earlier' | 'usual'>> {
  try {
    const runs = await recentRuns(paths.index, { recipe, whole: true, limit: EARLIER_RUNS });
    const passed = await passedStages(paths.index, { recipe, limit: TIMED_RUNS });
    return {
      earlier: runs.map(({ head, verdict }) => ({ head, verdict })),
      usual: [...usualTimes(passed)],
    };
  } catch (error) {
    operation.log(`the index of runs cannot be read: ${String(error)}`);
    return {};
  }
}

/** The version to upgrade from: asked for, pinned by the recipe folder, or the published one before the head. */
function baseOf(
  input: PrepareInput,
  definition: RecipeDefinition,
  { previous, published }: Versions,
): Version | undefined {
  if (!input.stages.includes('upgrade') || definition.skip.upgrade !== undefined) return undefined;
  const pinned = input.base ?? definition.upgrade.base;
  if (pinned === undefined) return previous;
  const version = published.get(pinned);
  if (version) return version;
  throw new CodedError('E_REF', `${pinned} is not a published version before the head`);
}

function skipsOf(definition: RecipeDefinition, base: Version | undefined): Plan['skips'] {
  const declared = STAGES.flatMap((stage) => {
    const reason = stage === 'lint' || stage === 'install' ? undefined : definition.skip[stage];
    return reason === undefined ? [] : [{ stage, reason }];
  });
  if (base || declared.some(({ stage }) => stage === 'upgrade')) return declared;
  return [...declared, { stage: 'upgrade', reason: 'no version was published before the head' }];
}

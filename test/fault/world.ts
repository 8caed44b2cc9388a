import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { runInputSchema, type RunInput } from '../../domain/plan.ts';
import { buildRecipe, FIXTURE_RECIPES, type FixtureRecipe } from '../fixtures/recipes/build.ts';
import { RecipeTree } from '../mutations/recipe-tree.ts';
import type { FaultCase } from './case.ts';
import type { Lane } from './lane.ts';

const DEADLINE_MS = 10 * 60_000;

/** The input of a case's run, with a repository of its own: no two cases have the same run id. */
export async function inputOf(lane: Lane, one: FaultCase): Promise<RunInput> {
  const what = lane.platform === 'dummy' ? anything(lane) : await repository(lane, one);
  return runInputSchema.parse({
    recipe: one.recipe,
    ...what,
    sources: await sourcesOf(lane, one),
    ref: 'main',
    stages: one.stages,
    trigger: 'manual',
    host: lane.env['CCI_HOST'],
    zone: lane.env['CCI_ZONE'],
    instance: lane.instance,
    deadlineMs: DEADLINE_MS,
    leaseWaitMs: DEADLINE_MS,
    ...one.input,
  });
}

/** The dummy reads no repository. */
function anything(lane: Lane): Pick<RunInput, 'source' | 'head'> {
  return { source: join(lane.folder, 'nowhere'), head: randomBytes(20).toString('hex') };
}

async function repository(lane: Lane, one: FaultCase): Promise<Pick<RunInput, 'source' | 'head'>> {
  const { path, head } = await build(await emptyFolder(lane), one.recipe, one.change);
  return { source: path, head };
}

/** Where the run finds what it needs. */
async function sourcesOf(lane: Lane, { needs }: FaultCase): Promise<string | undefined> {
  if (needs === undefined) return lane.env['CCI_RECIPE_SOURCE'];
  const folder = await emptyFolder(lane);
  for (const [recipe, change] of Object.entries(needs)) await build(folder, recipe, change);
  return join(folder, '{recipe}');
}

async function emptyFolder({ folder }: Lane): Promise<string> {
  const cases = join(folder, 'repositories');
  await mkdir(cases, { recursive: true });
  return mkdtemp(join(cases, 'case-'));
}

async function build(folder: string, recipe: string, change: FaultCase['change']): Promise<FixtureRecipe> {
  const versions = join(folder, `versions-of-${recipe}`);
  await cp(join(FIXTURE_RECIPES, recipe), versions, { recursive: true });
  change?.(new RecipeTree(versions));
  return buildRecipe(folder, recipe, versions);
}

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { runInputSchema, type RunInput } from '../../domain/plan.ts';
import { buildRecipe, FIXTURE_RECIPES } from '../fixtures/recipes/build.ts';
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
  const cases = join(lane.folder, 'repositories');
  await mkdir(cases, { recursive: true });
  const folder = await mkdtemp(join(cases, 'case-'));
  const versions = join(folder, 'versions');
  await cp(join(FIXTURE_RECIPES, one.recipe), versions, { recursive: true });
  one.change?.(new RecipeTree(versions));
  const { path, head } = await buildRecipe(folder, one.recipe, versions);
  return { source: path, head };
}

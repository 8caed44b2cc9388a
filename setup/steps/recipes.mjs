import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { run } from '../lib/exec.mjs';

/**
 * The sample recipes as git repositories, so that `run custom-html` works where the recipes' forge cannot be reached.
 * @type {import('../lib/steps.mjs').Step}
 */
export const recipes = {
  name: 'recipes',
  title: 'sample recipes',
  needs: ['npm', 'packages'],
  async run(ctx) {
    const folder = path.join(ctx.dir, 'recipes');
    const node = path.join(ctx.root, 'node_modules', 'node', 'bin', 'node');
    const build = path.join(ctx.root, 'test', 'fixtures', 'recipes', 'build.ts');
    await run([node, build, folder], { env: childEnv() });
    ctx.facts.CCI_RECIPE_SOURCE = ctx.env.CCI_RECIPE_SOURCE || path.join(folder, '{recipe}');
    return 'built';
  },
};

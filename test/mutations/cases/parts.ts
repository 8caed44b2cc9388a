import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../../activities/support/load-recipe.ts';
import type { FixtureRecipe } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';

/** A reviewed folder for a recipe that has none; an answer that never comes is waited for only briefly. */
export function reviewed(name: FixtureRecipe, more = ''): Record<string, string> {
  const text = `import { defineRecipe } from '../define.ts';

export const recipe = defineRecipe({ name: '${name}', httpTimeoutSeconds: 8, ${more} });
`;
  return { 'recipe.ts': text };
}

/** A file of a reviewed folder, mostly that of custom-html, with one change; a text that is not there is an error. */
export function edited(
  file: string,
  from: string,
  to: string,
  recipe: FixtureRecipe = 'custom-html',
): Record<string, string> {
  const text = readFileSync(join(CHECKOUT, 'recipes', recipe, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file}: nothing to replace by ${to}`);
  return { [file]: text.replace(from, to) };
}

/** The folder of custom-html, less patient with an answer that never comes. */
export const BRIEF_CUSTOM_HTML = edited('recipe.ts', 'httpTimeoutSeconds: 60', 'httpTimeoutSeconds: 8');

/** Health checks of a notes recipe that give up within seconds, for heads that never become healthy. */
export function loseHealthSoon(tree: RecipeTree, file: string): void {
  tree.replaceInBoth(file, 'retries: 30', 'retries: 8');
  tree.replaceInBoth(file, 'start_period: 1m', 'start_period: 10s');
}

/** Lines behind the image of the only service of greeter, as keys of that service. */
export function addToGreeter(tree: RecipeTree, which: 'base' | 'head', lines: string): void {
  const image = `image: coopcloud/notes:${which === 'base' ? '1.0.0' : '1.1.0'}\n`;
  tree.replace(which, 'compose.yml', image, `${image}    ${lines}\n`);
}

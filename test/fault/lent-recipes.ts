/** The loading of recipes, by which some that only faults have a use for are found beside those of the checkout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRecipe as load, type LoadedRecipe } from '../../activities/support/load-recipe.ts';

export { CHECKOUT, stageOfSpec } from '../../activities/support/load-recipe.ts';

const LENT = fileURLToPath(new URL('../fixtures/lent-recipes/', import.meta.url));

export function loadRecipe(name: string, checkout?: string): Promise<LoadedRecipe> {
  const lent = join(LENT, process.env['CCI_PLATFORM'] ?? '');
  return existsSync(join(lent, 'recipes', name)) ? load(name, lent) : load(name, checkout);
}

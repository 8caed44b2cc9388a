import type { RecipeTree, Which } from '../recipe-tree.ts';

/** Stands once in the compose.yml of every fixture recipe, in its service `app`. */
const APP_NETWORKS = '    networks:\n      - proxy\n';
const STACK_NETWORKS = '\nnetworks:\n  proxy:';

/** Adds lines, indented by four, to the service `app`. */
export function addToApp(tree: RecipeTree, lines: string, ...versions: readonly Which[]): void {
  addBefore(tree, APP_NETWORKS, lines, versions);
}

/** Adds a service: its lines, indented by two, with a line break at the end. */
export function addService(tree: RecipeTree, lines: string, ...versions: readonly Which[]): void {
  addBefore(tree, STACK_NETWORKS, `\n${lines}`, versions);
}

/** Adds top-level keys with their lines to compose.yml. */
export function addToStack(tree: RecipeTree, lines: string, ...versions: readonly Which[]): void {
  addBefore(tree, STACK_NETWORKS, `\n${lines}`, versions);
}

/** The head of every fixture has a compose.yml of its own, so a change of the base does not reach it. */
function addBefore(tree: RecipeTree, anchor: string, lines: string, versions: readonly Which[]): void {
  for (const which of versions.length === 0 ? (['base', 'head'] as const) : versions) {
    tree.replace(which, 'compose.yml', anchor, `${lines}${anchor}`);
  }
}

/** Text of a recipe.ts for a recipe that has none. */
export function recipeFile(name: string, keys: string): string {
  return `import { defineRecipe } from '../define.ts';\n\nexport const recipe = defineRecipe({ name: '${name}', ${keys} });\n`;
}

/** The recipe.ts of custom-html with further keys. */
export function customHtmlFile(keys: string): string {
  return `import { defineRecipe } from '../define.ts';
import { marker } from './marker-page.ts';

export const recipe = defineRecipe({ name: 'custom-html', marker, ${keys} });
`;
}

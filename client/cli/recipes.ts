import type { Command } from 'commander';
import { ROOT } from '../config.ts';
import { enrolledRecipes, factsOf, loadFolder, type FolderFacts } from '../recipe-folder/folder-facts.ts';
import { UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { counted } from './findings.ts';
import { helpAfter } from './help.ts';

/** A folder that cannot be loaded, and why: with file and line. */
interface BrokenFolder {
  readonly name: string;
  readonly fault: string;
}

export function addRecipes(program: Command): void {
  const command = program
    .command('recipes')
    .description('list the recipes that have a folder here, and what each brings')
    .option('--json', 'print one JSON document: {"recipes": [...]}')
    .action(async (options: { json?: true }) => {
      const recipes: (FolderFacts | BrokenFolder)[] = [];
      for (const name of await enrolledRecipes(ROOT)) recipes.push(await lookAt(name));
      if (options.json) terminal.json({ recipes });
      else if (recipes.length === 0) terminal.print('None yet; `cc-ci recipe init <name>` writes a folder.');
      else for (const recipe of recipes) terminal.print(renderRecipe(recipe));
      terminal.exitWith(recipes.some((recipe) => 'fault' in recipe) ? 1 : 0);
    });
  helpAfter(command, {
    examples: [
      ['cc-ci recipes', 'every recipe with a folder below recipes/'],
      ['cc-ci recipes --json', 'the same for programs'],
    ],
    exits: 'checks',
  });
}

async function lookAt(name: string): Promise<FolderFacts | BrokenFolder> {
  try {
    return factsOf(await loadFolder(name, ROOT));
  } catch (error) {
    if (error instanceof UserError) return { name, fault: error.message.replaceAll(/\s+/g, ' ') };
    throw error;
  }
}

/** One line: the name, then what its folder has, or what is wrong with it. */
export function renderRecipe(recipe: FolderFacts | BrokenFolder): string {
  const name = recipe.name.padEnd(20);
  return 'fault' in recipe ? `${name} cannot be loaded: ${recipe.fault}` : `${name} ${describe(recipe)}`;
}

function describe({ specs, base, marker, before, skips, overlay, grants }: FolderFacts): string {
  const files = Object.entries(specs).map(([stage, own]) => `${stage} ${own.length}`);
  return [
    files.length === 0 ? 'no specs' : `specs: ${files.join(', ')}`,
    ...(marker ? ['own marker'] : []),
    ...(base === undefined ? [] : [`upgrades from ${base}`]),
    ...(before.length > 0 ? [`steps before ${before.join(', ')}`] : []),
    ...skips.map(({ stage, reason }) => `skips ${stage} (${reason})`),
    ...(overlay ? ['overlay'] : []),
    ...(grants.length > 0 ? [`${counted(grants.length, 'grant')}: ${grants.join(', ')}`] : []),
  ].join('; ');
}

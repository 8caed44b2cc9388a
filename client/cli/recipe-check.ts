import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { recipeNameSchema } from '../../domain/ids.ts';
import { ROOT } from '../config.ts';
import { factsOf, loadFolder, untrackedFiles, type FolderFacts } from '../recipe-folder/folder-facts.ts';
import { typeFaults, type TypeFault } from '../recipe-folder/type-faults.ts';
import { UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

export function addRecipeCheck(recipe: Command): void {
  const command = recipe
    .command('check')
    .description('load the folder of a recipe, check its types, and list what would run')
    .argument('<name>', 'name of the recipe')
    .option('--json', 'print one JSON document')
    .action(async (name: string, options: { json?: true }) => {
      checkName(name);
      if (!existsSync(join(ROOT, 'recipes', name))) {
        throw new UserError(`there is no folder recipes/${name}`, `\`cc-ci recipe init ${name}\` writes one`);
      }
      const facts = factsOf(await loadFolder(name, ROOT));
      const specs = Object.values(facts.specs).flat();
      const modules = ['recipe.ts', ...specs].map((file) => `recipes/${name}/${file}`);
      const existing = modules.filter((file) => existsSync(join(ROOT, file)));
      const faults = await typeFaults(ROOT, existing);
      const untracked = await untrackedFiles(name, ROOT, terminal.environment());
      const ok = (faults ?? []).length === 0;
      if (options.json)
        terminal.json({ ...facts, ok, faults: faults ?? [], typesChecked: !!faults, untracked });
      else for (const line of renderCheck(facts, faults, untracked)) terminal.print(line);
      terminal.exitWith(ok ? 0 : 1);
    });
  helpAfter(command, {
    examples: [['cc-ci recipe check custom-html', 'what its folder brings, and what is wrong with it']],
    exits: 'checks',
  });
}

/** @throws UserError when a word is not the name of a recipe */
export function checkName(name: string): void {
  if (recipeNameSchema.safeParse(name).success) return;
  throw new UserError(`"${name}" is not a recipe name`, 'Give a name such as custom-html');
}

/** What the folder brings, then what is wrong with it, then what git does not know. */
export function renderCheck(
  facts: FolderFacts,
  faults: readonly TypeFault[] | undefined,
  untracked: readonly string[] | undefined,
): string[] {
  const { name, specs, marker, before, skips, overlay, grants, base } = facts;
  const rows: string[] = [
    ...Object.entries(specs).flatMap(([stage, files]) => files.map((file) => `${stage.padEnd(8)} ${file}`)),
    ...(marker ? ['marker   written, read and destroyed by recipe.ts'] : []),
    ...before.map((stage) => `${stage.padEnd(8)} a step of recipe.ts before it`),
    ...skips.map(({ stage, reason }) => `${stage.padEnd(8)} skipped: ${reason}`),
    ...(base === undefined ? [] : [`upgrade  from ${base}`]),
    ...(overlay ? ['overlay  compose.ccci.yml'] : []),
    ...(grants.length === 0 ? [] : [`grants   ${grants.join(', ')}`]),
  ];
  const types = faults === undefined ? 'types not checked: typescript is not installed' : 'types are right';
  return [
    `recipes/${name}`,
    ...rows.map((row) => `  ${row}`),
    ...(faults ?? []).map(({ file, line, message }) => `${file}:${line}: ${message}`),
    ...((faults ?? []).length === 0 ? [`  ${types}`] : []),
    ...((untracked ?? []).length === 0
      ? []
      : [
          `git does not know ${untracked?.join(', ')}: they run, but nobody would notice their loss. \`git add recipes/${name}\` lists them.`,
        ]),
  ];
}

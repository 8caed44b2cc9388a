import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../config.ts';
import { describeData, describeService, draftFolder } from '../recipe-folder/draft.ts';
import { readComposeFile, readRecipeFiles, type RecipeFiles } from '../recipe-folder/recipe-files.ts';
import { sketchServices } from '../recipe-folder/sketch.ts';
import { parseSource, type Source } from '../source.ts';
import { UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { checkName } from './recipe-check.ts';

interface InitOptions {
  readonly source?: string;
  readonly from?: string;
  readonly force?: true;
  readonly json?: true;
}

export function addRecipeInit(recipe: Command): void {
  const command = recipe
    .command('init')
    .description('write the folder of a recipe from its compose files: recipe.ts and first specs')
    .argument('<name>', 'name of the recipe')
    .option('--source <path or URL>', 'repository of the recipe (default: CCI_RECIPE_SOURCE)')
    .option('--from <compose file>', 'this compose file alone, instead of those that .env.sample names')
    .option('--force', 'replace the files of a folder that is there')
    .option('--json', 'print one JSON document')
    .action(async (name: string, options: InitOptions) => {
      checkName(name);
      if (options.source !== undefined && options.from !== undefined)
        throw new UserError('--source and --from exclude each other', 'Give one of them');
      const folder = join(ROOT, 'recipes', name);
      if (existsSync(folder) && !options.force)
        throw new UserError(
          `recipes/${name} is there already`,
          '--force replaces the files that init writes',
        );
      const source = options.from === undefined ? sourceOf(name, options.source) : undefined;
      const services = await sketch(source, options.from);
      // A path is a matter of this machine, and the host's template needs no words.
      const written = options.source !== undefined && source?.kind === 'url' ? source.location : undefined;
      const files = draftFolder(name, services, written);
      for (const [file, text] of files) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), text);
      }
      const paths = [...files.keys()].map((file) => `recipes/${name}/${file}`);
      if (options.json) terminal.json({ name, files: paths, services });
      else for (const path of paths) terminal.print(`wrote ${path}`);
      for (const service of services) terminal.say(`  ${describeService(service)}`);
      terminal.say(`  ${describeData(services)}`);
      for (const line of nextSteps(
        name,
        options.from === undefined ? sourceWords(source) : ` --source ${dirname(options.from)}`,
        services.some(({ isPublic }) => isPublic),
      ))
        terminal.say(line);
    });
  helpAfter(command, {
    examples: [
      ['cc-ci recipe init my-app --source ../my-app', 'from the compose files of a checkout'],
      ['cc-ci recipe init my-app --source https://git.example.org/my-app.git', 'from a repository'],
      ['cc-ci recipe init my-app --from ../my-app/compose.yml --force', 'from one file, over what is there'],
    ],
    exits: 'plain',
  });
}

function sourceOf(name: string, source: string | undefined): Source {
  const template = source ?? terminal.config().CCI_RECIPE_SOURCE;
  return parseSource(template, name, terminal.workingFolder());
}

async function sketch(source: Source | undefined, from: string | undefined) {
  const files: RecipeFiles =
    source === undefined
      ? await readComposeFile(from ?? '', terminal.workingFolder())
      : await readRecipeFiles(source, terminal.environment());
  return sketchServices(files.compose, files.env);
}

/** What the next commands need to find the repository; a URL is written into the folder. */
function sourceWords(source: Source | undefined): string {
  return source?.kind === 'path' ? ` --source ${source.location}` : '';
}

function nextSteps(name: string, where: string, isPublic: boolean): string[] {
  return [
    ...(isPublic ? [] : ['No service has a router of Traefik: health and the specs need a public hostname.']),
    'Next:',
    `  cc-ci recipe check ${name}`,
    `  cc-ci plan ${name}${where}`,
    `  cc-ci run ${name}${where}`,
    `  git add recipes/${name}   # from then on a lost spec is noticed`,
  ];
}

import type { Command } from 'commander';
import { errorFacts } from '../../domain/errors.ts';
import type { RunInput } from '../../domain/plan.ts';
import type { RecipeReading } from '../../domain/recipe-reading.ts';
import { withClient } from '../connection.ts';
import { readRecipe } from '../read-recipe.ts';
import { checkRequest } from '../start-run.ts';
import { terminal } from './context.ts';
import { counted, describeFinding, describeRefusal } from './findings.ts';
import { helpAfter } from './help.ts';
import { planHere } from './plan-here.ts';
import { withStack } from './stack.ts';

interface LintOptions {
  readonly ref?: string;
  readonly source?: string;
  readonly json?: true;
}

export function addLint(program: Command): void {
  const command = program
    .command('lint')
    .description('judge the files of a recipe; nothing is deployed')
    .argument('<recipe>', 'name of the recipe, such as custom-html')
    .option(
      '--ref <ref>',
      'branch, tag or commit (default: HEAD of the repository, with uncommitted changes)',
    )
    .option('--source <path or URL>', 'repository of the recipe (default: CCI_RECIPE_SOURCE)')
    .option('--json', 'print one JSON document')
    .action(async (recipe: string, options: LintOptions) => {
      const request = checkRequest({ recipe, ...options });
      await withStack(async () => {
        const config = terminal.config();
        const input = await planHere(config, request);
        const reading = await withClient(config, (client) => readRecipe(client, input));
        if (options.json) terminal.json(toDocument(input, reading));
        else for (const line of renderFindings(input, reading)) terminal.print(line);
        return isClean(reading) ? 0 : 1;
      });
    });
  helpAfter(command, {
    examples: [
      ['cc-ci lint custom-html', 'judge the default branch'],
      ['cc-ci lint my-app --source .', 'judge a checkout, with its uncommitted changes'],
      ['cc-ci lint custom-html --json', 'findings with id, severity, file, line and remedy'],
    ],
    exits: 'checks',
  });
}

/** Warnings are no reason to stop; what cannot be rendered could not be judged, and what is refused cannot be run. */
function isClean({ plan, findings }: RecipeReading): boolean {
  return plan.refusals.length === 0 && findings.every(({ severity }) => severity === 'warning');
}

function toDocument({ recipe, ref, source, head }: RunInput, reading: RecipeReading) {
  const { findings, plan, omitted } = reading;
  return { recipe, ref, source, head, ok: isClean(reading), findings, refusals: plan.refusals, omitted };
}

/** Refusals first, for they end a run before anything is created; then the findings, errors first. */
export function renderFindings(input: RunInput, { plan, findings, omitted }: RecipeReading): string[] {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const refusals = plan.refusals.length;
  const total = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
  return [
    ...plan.refusals.flatMap((refusal) => [
      `refused ${describeRefusal(refusal)}`,
      `        ${errorFacts(refusal.code).remedy}`,
    ]),
    ...findings.flatMap(describeFinding),
    ...(omitted > 0 ? [`and ${omitted} more`] : []),
    `${input.recipe} ${input.ref} (${input.head.slice(0, 8)}): ${total}${refusals > 0 ? `, ${counted(refusals, 'refusal')}` : ''}`,
  ];
}

import { InvalidArgumentError, type Command } from 'commander';
import type { FlakeRate } from '../../domain/flakes.ts';
import { recipeNameSchema } from '../../domain/ids.ts';
import { flakeHistory } from '../flake-history.ts';
import { UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

const RUNS = 30;
const MOST_RUNS = 1_000;

export function addFlakes(program: Command): void {
  const flakes = program
    .command('flakes')
    .description('show which stages and tests needed more than one attempt, or changed their outcome')
    .argument('[recipe]', 'name of a recipe; all when absent')
    .option('--runs <number>', 'how many whole runs of each recipe to look back on', parseRuns, RUNS)
    .option('--json', 'print one JSON document: {"runs", "rates": [...]}, with the rates of 0 too')
    .action((recipe: string | undefined, { runs, json }: { runs: number; json?: true }) => {
      if (recipe !== undefined && !recipeNameSchema.safeParse(recipe).success) {
        throw new UserError(`"${recipe}" is not a recipe name`, 'Give a name such as custom-html');
      }
      const rates = flakeHistory(terminal.dataConfig(), { recipe, runs });
      if (json) terminal.json({ runs, rates });
      else for (const line of renderRates(rates)) terminal.print(line);
    });
  helpAfter(flakes, {
    examples: [
      ['cc-ci flakes', 'what flaked in the last 30 whole runs of each recipe, the worst first'],
      ['cc-ci flakes ghost --runs 100 --json', 'every rate of one recipe, for another program'],
    ],
    exits: 'plain',
  });
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= MOST_RUNS) return runs;
  throw new InvalidArgumentError(`give a number from 1 to ${MOST_RUNS}`);
}

/** Only what flaked, one line each. */
export function renderRates(rates: readonly FlakeRate[]): string[] {
  const flaky = rates.filter(({ rate }) => rate > 0);
  if (rates.length === 0) return ['There are no whole runs yet.'];
  if (flaky.length === 0) return ['Nothing flaked.'];
  return flaky.map(({ recipe, stage, test, runs, retried, changed, rate, lastRunId }) => {
    const what = [recipe, stage, ...(test === undefined ? [] : [test])].join(' › ');
    const how = [
      ...(retried > 0 ? [`${retried} in more than one attempt`] : []),
      ...(changed > 0 ? [`${changed} with another outcome for the same head`] : []),
    ].join(', ');
    const percent = `${Math.max(1, Math.round(rate * 100))} %`;
    return `${percent.padStart(5)}  ${what}: of ${runs} runs ${how}; last in ${lastRunId ?? 'none'}`;
  });
}

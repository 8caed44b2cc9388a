import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { describeFailure, USAGE } from '../user-error.ts';
import { addCancel } from './cancel.ts';
import { addCodec } from './codec.ts';
import { addCompletion } from './completion.ts';
import { terminal } from './context.ts';
import { addDoctor } from './doctor.ts';
import { addFlakes } from './flakes.ts';
import { addHelp, helpAfter } from './help.ts';
import { addHold } from './hold.ts';
import { addInventory } from './inventory.ts';
import { addJanitor } from './janitor.ts';
import { addList } from './list.ts';
import { addLogs } from './logs.ts';
import { addLint } from './lint.ts';
import { addPlan } from './plan.ts';
import { addRecipe } from './recipe.ts';
import { addRecipes } from './recipes.ts';
import { addReport } from './report.ts';
import { addRelease } from './release.ts';
import { addRun } from './run.ts';
import { addDown, addUp } from './setup.ts';
import { addStatus } from './status.ts';
import { addWarm } from './warm.ts';
import { addWorker } from './worker.ts';

/** The verbs as the help groups them. */
const GROUPS: Readonly<Record<string, readonly ((program: Command) => void)[]>> = {
  'Runs:': [addRun, addStatus, addList, addFlakes, addLogs, addReport, addCancel, addHold, addRelease],
  'Recipes:': [addPlan, addLint, addRecipes, addRecipe],
  'Installation:': [
    addUp,
    addDown,
    addDoctor,
    addWorker,
    addInventory,
    addJanitor,
    addWarm,
    addCodec,
    addCompletion,
    addHelp,
  ],
};

/** The whole command line; completion and the tests read its verbs and options from it. */
export function createProgram(): Command {
  const program = new Command('cc-ci')
    .description('tests recipes of Co-op Cloud through their whole lifecycle')
    .version(manifest.version, '--version', 'print the version of cc-ci')
    .showSuggestionAfterError(true)
    // Our own, which answers an unknown verb with one line.
    .helpCommand(false)
    // Before the verbs are added: they inherit it.
    .exitOverride();
  helpAfter(program, {
    examples: [
      ['cc-ci run custom-html', 'test the default branch of a recipe'],
      ['cc-ci list --verdict red --since 7d', 'what failed in the last week'],
      ['cc-ci logs --stage install', 'read a log of the latest run'],
      ['cc-ci help run', 'everything about one verb'],
    ],
    exits: 'runs',
  });
  for (const [heading, verbs] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const add of verbs) add(program);
  }
  answerInOneLine(program, 'cc-ci help');
  return program;
}

/** Each verb's wrong usage ends with a pointer to its own help. */
function answerInOneLine(command: Command, help: string): void {
  command.configureOutput({ outputError: (text, write) => write(oneLine(text, help)) });
  for (const verb of command.commands) answerInOneLine(verb, `${help} ${verb.name()}`);
}

/** Commander's "error: unknown option '--x'" in our form: cause and remedy in one line. */
function oneLine(text: string, help: string): string {
  const cause = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s+/g, ' ')
    // Some of Commander's sentences have their full stop, others have not.
    .replace(/\.$/, '');
  return `cc-ci: ${cause}. See \`${help}\`\n`;
}

/** Runs the command line; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  terminal.allowClosedPipes();
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has printed what is to be said; help asked for is a success.
      terminal.exitWith(error.exitCode === 0 ? 0 : USAGE);
      return;
    }
    const { line, exitCode } = describeFailure(error);
    terminal.say(`cc-ci: ${line}`);
    if (terminal.environment()['CCI_DEBUG'] === '1') terminal.say(String((error as Error).stack));
    terminal.exitWith(exitCode);
  }
}

import { Command, CommanderError } from 'commander';
import { describeFailure, USAGE } from '../user-error.ts';
import { addCancel } from './cancel.ts';
import { addCodec } from './codec.ts';
import { terminal } from './context.ts';
import { addInventory } from './inventory.ts';
import { addRun } from './run.ts';
import { addStatus } from './status.ts';
import { addWorker } from './worker.ts';

const EXITS = `
Exit codes: 0 passed, 1 failed, 2 wrong usage, 3 errored, 4 leaked, 5 cancelled, 6 base broken; 130 after Ctrl-C.`;

function createProgram(): Command {
  const program = new Command('cc-ci')
    .description('tests recipes of Co-op Cloud through their whole lifecycle')
    .addHelpText('after', EXITS)
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .showSuggestionAfterError(true)
    // Before the verbs are added: they inherit it.
    .exitOverride();
  for (const add of [addRun, addStatus, addCancel, addInventory, addWorker, addCodec]) add(program);
  return program;
}

/** Commander's "error: unknown option '--x'" in our form: cause and remedy in one line. */
function oneLine(text: string): string {
  const cause = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
  return `cc-ci: ${cause}. \`cc-ci --help\` shows the usage.\n`;
}

/** Runs the command line; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
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

import type { Command } from 'commander';
import { EXIT_CODES } from '../../domain/results.ts';
import { UserError } from '../user-error.ts';

interface HelpTexts {
  /** A command line, and what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /**
   * What the exit code tells. `runs`: the verdict of a run. `checks`: whether something is wrong with a recipe. `doctor`:
   * whether the host is in order. `janitor`: whether something is without an owner. `plain`: whether the verb has worked.
   */
  readonly exits: 'runs' | 'checks' | 'plain' | 'doctor' | 'janitor' | 'warm';
}

const VERDICTS = Object.entries(EXIT_CODES).map(([verdict, code]) => [code, verdict] as const);
const EXITS: Record<HelpTexts['exits'], readonly (readonly [number, string])[]> = {
  plain: [
    [0, 'done'],
    [2, 'wrong usage'],
    [3, 'cc-ci or what it stands on does not work'],
  ],
  checks: [
    [0, 'nothing is wrong'],
    [1, 'something is wrong with the recipe'],
    [2, 'wrong usage'],
    [3, 'cc-ci or what it stands on does not work'],
  ],
  doctor: [
    [0, 'no check failed, warnings are no failure'],
    [1, 'a check failed'],
    [2, 'wrong usage'],
    [130, 'stopped with Ctrl-C'],
  ],
  janitor: [
    [0, 'everything has an owner, or was removed'],
    [1, 'something has no owner'],
    [2, 'wrong usage'],
    [3, 'nothing was removed for a reason that is told, or cc-ci or what it stands on does not work'],
    [4, 'something could not be removed yet'],
  ],
  warm: [
    [0, 'it is healthy, or removed when that was asked for'],
    [1, 'it is not healthy, or not there'],
    [2, 'wrong usage, or refused'],
    [3, 'cc-ci or what it stands on does not work'],
    [4, 'something could not be removed yet'],
  ],
  runs: [...VERDICTS, [2, 'wrong usage'] as const, [130, 'detached with Ctrl-C'] as const].toSorted(
    ([a], [b]) => a - b,
  ),
};

/** Ends the help of a verb with examples and its exit codes. */
export function helpAfter(command: Command, { examples, exits }: HelpTexts): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  const codes = EXITS[exits].map(([code, meaning]) => `${code} ${meaning}`).join(', ');
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n\nExit codes: ${codes}`);
}

export function addHelp(program: Command): void {
  const help = program
    .command('help')
    .description('show the help of a verb, or of all of cc-ci')
    .argument('[verb...]', 'name of a verb')
    .action((names: readonly string[]) => {
      let shown = program;
      for (const name of names) {
        const verb = shown.commands.find((command) => command.name() === name);
        if (!verb)
          throw new UserError(`there is no verb "${names.join(' ')}"`, '`cc-ci help` lists the verbs');
        shown = verb;
      }
      shown.help();
    });
  helpAfter(help, { examples: [['cc-ci help run', 'the same as `cc-ci run --help`']], exits: 'plain' });
}

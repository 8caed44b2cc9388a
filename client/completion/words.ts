import type { Argument, Command, Option } from 'commander';
import { VERDICTS } from '../../domain/results.ts';
import { STAGES } from '../../domain/stages.ts';

/** What may stand in a place: fixed words, or something that is looked up when it is completed. */
export type Words = readonly string[] | 'recipes' | 'runs' | 'files' | 'anything';

export interface OptionWords {
  /** `--stages` */
  readonly flag: string;
  readonly description: string;
  /** Absent for an option without a value. */
  readonly value?: Words | undefined;
}

export interface VerbWords {
  /** `run`, or `recipe init` for a verb of a verb. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** By position. */
  readonly operands: readonly Words[];
}

/** By the placeholder that stands for the value in the help. */
const BY_PLACEHOLDER: Readonly<Record<string, Words>> = {
  recipe: 'recipes',
  run: 'runs',
  file: 'files',
  folder: 'files',
  path: 'files',
  'path or URL': 'files',
  stage: STAGES,
  stages: STAGES,
  verdicts: [...VERDICTS, 'red'],
};

/** Every verb of the program with what can follow it, verbs of verbs behind their own. */
export function describeProgram(program: Command): VerbWords[] {
  return program.commands.flatMap((command) => describeVerb(command, command.name(), program));
}

function describeVerb(command: Command, path: string, program: Command): VerbWords[] {
  const inner = command.commands;
  const names = program.commands.map((verb) => verb.name());
  const operands =
    inner.length > 0
      ? [inner.map((verb) => verb.name())]
      : command.registeredArguments.map((argument) => operandWords(argument, names));
  const options = [
    ...command.options.filter(({ hidden }) => !hidden).map(describeOption),
    { flag: '--help', description: 'display help for command' },
  ];
  const own: VerbWords = { path, description: command.description(), options, operands };
  return [own, ...inner.flatMap((verb) => describeVerb(verb, `${path} ${verb.name()}`, program))];
}

function operandWords(argument: Argument, verbs: readonly string[]): Words {
  if (argument.argChoices) return argument.argChoices;
  return argument.name() === 'verb' ? verbs : (BY_PLACEHOLDER[argument.name()] ?? 'anything');
}

function describeOption(option: Option): OptionWords {
  const { description, flags, argChoices } = option;
  const flag = option.long ?? option.short ?? '';
  const [, placeholder] = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(flags) ?? [];
  if (placeholder === undefined) return { flag, description };
  return { flag, description, value: argChoices ?? BY_PLACEHOLDER[placeholder] ?? 'anything' };
}

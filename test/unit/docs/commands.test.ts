import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError, type Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../../../client/cli/main.ts';
import { readPages, ROOT, spansOf } from './markdown.ts';
import { commandsOf, SHELL_LANGUAGES } from './words.ts';

const pages = readPages();
const blocks = pages.flatMap((page) => page.blocks);
const shell = blocks.filter(({ language }) => SHELL_LANGUAGES.includes(language));

const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = packageSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

/** Languages of blocks that nobody copies into a shell. */
const OTHER_LANGUAGES = ['text', 'ts', 'yaml', 'json', 'sql', 'diff'];
/** Programs of the system that the pages may use beside our own. */
const PROGRAMS = [
  'git',
  'docker',
  'openssl',
  'install',
  'printf',
  'sed',
  'cd',
  'cat',
  'temporal',
  'node',
  'curl',
  'jq',
  'tr',
];

/** What is wrong with the words of a command line; undefined when the program would take them. */
function faultOf(words: readonly string[]): string | undefined {
  // `docker compose exec worker cc-ci doctor` is one of ours, too.
  const ours = words.indexOf('cc-ci');
  if (ours >= 0) return faultOfVerb(createProgram(), words.slice(ours + 1), { complete: true });
  if (words[0] === 'npm') return faultOfNpm(words.slice(1));
  if (words[0] === 'npx')
    return ['vitest', 'playwright'].includes(words[1] ?? '') ? undefined : 'npx of what?';
  return PROGRAMS.includes(words[0] ?? '') ? undefined : `${String(words[0])} is in no list`;
}

/** `complete`: all arguments must be there. */
function faultOfVerb(
  program: Command,
  words: readonly string[],
  { complete }: { complete: boolean },
): string | undefined {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help') return undefined;
  const verb = program.commands.find((command) => command.name() === name);
  if (!verb) return `there is no verb ${name}`;
  if (verb.commands.length > 0) return faultOfVerb(verb, rest, { complete });
  verb.exitOverride().configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  try {
    const { operands, unknown } = verb.parseOptions([...rest]);
    if (unknown.length > 0 && unknown[0] !== '--help') return `${name} does not know ${String(unknown[0])}`;
    const { registeredArguments: known } = verb;
    if (complete && operands.length < known.filter(({ required }) => required).length)
      return `${name} lacks an argument`;
    if (operands.length > known.length && !known.some(({ variadic }) => variadic))
      return `${name} has an argument too many`;
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

function faultOfNpm([verb, script, ...rest]: readonly string[]): string | undefined {
  if (verb === 'ci' || verb === 'test') return undefined;
  if (verb !== 'run') return `npm ${String(verb)}?`;
  if (script?.startsWith('-')) return faultOfNpm([verb, ...rest]);
  return script !== undefined && Object.hasOwn(scripts, script)
    ? undefined
    : `there is no script ${String(script)}`;
}

describe('the commands of the documentation', () => {
  it('stand in blocks that are executed or checked; every other block says what it is', () => {
    expect(shell.length).toBeGreaterThan(10);
    expect(
      blocks.filter(({ language }) => ![...SHELL_LANGUAGES, ...OTHER_LANGUAGES].includes(language)),
    ).toEqual([]);
    // `run`: test/e2e/docs.test.ts executes it, and it succeeds; `fails`: it ends with 1, the verdict of a red recipe.
    expect(shell.filter(({ words }) => !['', 'run', 'run fails'].includes(words.join(' ')))).toEqual([]);
    expect(shell.filter(({ words }) => words.includes('run')).length).toBeGreaterThan(4);
  });

  it.each(shell.map((block) => [`${block.file}:${block.line}`, block] as const))(
    'of %s are taken by the programs they call',
    (_where, block) => {
      const commands = commandsOf(block);
      expect(commands.length).toBeGreaterThan(0);
      expect(commands.map((words) => [words.join(' '), faultOf(words)]).filter(([, fault]) => fault)).toEqual(
        [],
      );
    },
  );

  it('that stand in sentences name verbs, options and scripts that exist', () => {
    const spans = pages
      .flatMap((page) => spansOf(page))
      .filter((span) => /^(npx )?cc-ci [a-z]|^npm run /.test(span))
      // `cc-ci run ... --json` and the like.
      .map((span) => span.split(/\s+/).filter((word) => !/^(…|\.\.\.)$/.test(word)));
    expect(spans.length).toBeGreaterThan(10);
    const faults = spans.map((words) => [
      words.join(' '),
      words[0] === 'npm'
        ? faultOfNpm(words.slice(1))
        : faultOfVerb(createProgram(), words.slice(words.indexOf('cc-ci') + 1), { complete: false }),
    ]);
    expect(faults.filter(([, fault]) => fault)).toEqual([]);
  });

  it.each([
    ['npx cc-ci dance', 'there is no verb dance'],
    ['npx cc-ci run', 'run lacks an argument'],
    ['npx cc-ci run a b', 'run has an argument too many'],
    ['npx cc-ci run a --colour red', 'run does not know --colour'],
    ['npx cc-ci run a --on-interrupt dance', /allowed choices/i],
    ['npm run dance', 'there is no script dance'],
    ['sudo npm ci', 'sudo is in no list'],
  ])('would not pass as: %s', (line, fault) => {
    const [words = []] = commandsOf({ language: 'sh', text: line });
    expect(faultOf(words)).toMatch(fault);
  });

  it('are found behind comments, variables, quotes and line ends', () => {
    const text =
      "A=b npx cc-ci run x # no `word`\nprintf 'a # b' |\n  sed -i 's/a/b/' \\\n  file && cd ../x\n";
    expect(commandsOf({ language: 'sh', text })).toEqual([
      ['npx', 'cc-ci', 'run', 'x'],
      ['printf', 'a # b'],
      ['sed', '-i', 's/a/b/', 'file'],
      ['cd', '../x'],
    ]);
    expect(commandsOf({ language: 'console', text: '$ cc-ci list\noutput\n' })).toEqual([['cc-ci', 'list']]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../../client/cli/main.ts';
import { completionScript, SHELLS } from '../../../client/completion/scripts.ts';
import { describeProgram } from '../../../client/completion/words.ts';

describe('completion', () => {
  let data: string;
  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), "cci-it's-"));
    mkdirSync(join(data, 'runs', 'run-sample-1'), { recursive: true });
  });
  afterAll(() => {
    rmSync(data, { recursive: true });
  });

  /** What bash itself completes at the end of a line. */
  function complete(program: Command, ...words: string[]): string[] {
    const script = `${completionScript('bash', describeProgram(program), data)}
      COMP_WORDS=(cc-ci "$@"); COMP_CWORD=$#; _cc_ci; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const reply = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
    return reply.split('\n').filter((word) => word !== '');
  }

  it('knows every verb and every option of the program', () => {
    const program = createProgram();
    const verbs = program.commands.map((verb) => verb.name());
    expect(complete(program, '')).toEqual(verbs);
    for (const verb of program.commands.filter(({ commands }) => commands.length === 0)) {
      const flags = verb.options.map(({ long }) => long);
      expect([verb.name(), complete(program, verb.name(), '--')]).toEqual([
        verb.name(),
        [...flags, '--help'],
      ]);
    }
  });

  it.each([
    [['run', 'custom-h'], ['custom-html']],
    [['run', '--stages', 'install', 'custom-h'], ['custom-html']],
    [['run', 'custom-html', ''], []],
    [['run', '--stages', 'in'], ['install']],
    [
      ['run', '--on-interrupt', ''],
      ['detach', 'cancel'],
    ],
    [['run', '--junit', '/et'], ['/etc']],
    [['list', '--verdict', 're'], ['red']],
    [['cancel', 'run-'], ['run-sample-1']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'cancel'], ['cancel']],
  ])('completes %j', (words, reply) => {
    expect(complete(createProgram(), ...words)).toEqual(reply);
  });

  it('knows the verbs of a verb', () => {
    const program = new Command('cc-ci');
    const recipe = program.command('recipe').description("a recipe's folder");
    recipe.command('init').argument('<recipe>').addOption(new Option('--from <file>'));
    recipe.command('check');
    expect(complete(program, 'recipe', '')).toEqual(['init', 'check']);
    expect(complete(program, 'recipe', 'init', '--f')).toEqual(['--from']);
    expect(complete(program, 'recipe', 'init', 'custom-h')).toEqual(['custom-html']);
    for (const shell of SHELLS) {
      expect(completionScript(shell, describeProgram(program), '/data')).toContain('from');
    }
  });
});

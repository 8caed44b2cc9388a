import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../config.ts';
import { BROKEN, UserError } from '../user-error.ts';
import { runInPlace } from './child.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

interface UpOptions {
  readonly yes?: true;
  readonly useDocker?: true;
  readonly allowForeignStacks?: true;
  readonly json?: true;
}

export function addUp(program: Command): void {
  const up = program
    .command('up')
    .description('install, build and start the stack of this clone; it keeps running (as `npm run up`)')
    .option('--yes', 'answer every question of the setup with yes')
    .option('--use-docker', 'use the Docker daemon that runs already, which must be a swarm')
    .option('--allow-foreign-stacks', 'with --use-docker: also beside stacks that are not of cc-ci')
    .option('--json', 'print one JSON document: {"stack": "up"}')
    .action(async ({ yes, useDocker, allowForeignStacks, json }: UpOptions) => {
      if (allowForeignStacks && !useDocker) {
        throw new UserError(
          '--allow-foreign-stacks means nothing without --use-docker',
          'Give both or neither',
        );
      }
      const flags = [
        ...(yes ? ['--yes'] : []),
        ...(useDocker ? ['--use-docker'] : []),
        ...(allowForeignStacks ? ['--allow-foreign-stacks'] : []),
      ];
      await setup(['up', ...flags], json ? 'up' : undefined);
    });
  helpAfter(up, {
    examples: [
      ['cc-ci up', 'start everything, or what of it is not running'],
      ['cc-ci up --yes', 'the same where nobody can answer questions'],
    ],
    exits: 'plain',
  });
}

export function addDown(program: Command): void {
  const down = program
    .command('down')
    .description('stop the stack of this clone; histories, images and results stay (as `npm run down`)')
    .option('--force', 'also while a demo, a test or another command uses it')
    .option('--json', 'print one JSON document: {"stack": "down"}')
    .action(async ({ force, json }: { force?: true; json?: true }) => {
      await setup(['down', ...(force ? ['--force'] : [])], json ? 'down' : undefined);
    });
  helpAfter(down, {
    examples: [
      ['cc-ci down', 'stop everything; runs in flight go on after the next `cc-ci up`'],
      ['cc-ci down --force', 'also while another command uses the stack'],
    ],
    exits: 'plain',
  });
}

/**
 * @param argv verb and flags of setup/main.mjs, which says what it does on standard error
 * @param stack what the JSON document calls the state reached, when one is wanted
 */
async function setup(argv: readonly string[], stack: 'up' | 'down' | undefined): Promise<void> {
  const program = join(ROOT, 'setup', 'main.mjs');
  if (!existsSync(program)) {
    throw new UserError(`${program} is missing`, 'Run cc-ci from a whole clone of its repository', {
      exitCode: BROKEN,
    });
  }
  const code = await runInPlace([process.execPath, program, ...argv], terminal.environment());
  if (code === 0 && stack !== undefined) terminal.json({ stack });
  terminal.exitWith(code);
}

import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { effectiveEnvironment, ROOT } from '../config.ts';
import { runInPlace } from './child.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

const MOST_WORKERS = 16;

export function addWorker(program: Command): void {
  const worker = program
    .command('worker')
    .description('run workers of this host until Ctrl-C; dead and frozen ones are replaced')
    .option('--count <number>', 'how many worker processes', parseCount, 2)
    .option(
      '--replace',
      'take the place of the workers that run here: these finish what they are at, and end',
    )
    .action(async (options: { count: number; replace?: true }) => {
      terminal.exitWith(await runSupervisor(options));
    });
  helpAfter(worker, {
    examples: [
      ['cc-ci worker', 'two processes, in the foreground'],
      ['cc-ci worker --replace', 'after a change of the code: runs in flight go on'],
      ['cc-ci worker --count 4', 'more of them; a host still runs one recipe at a time'],
    ],
    exits: 'plain',
  });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_WORKERS) return count;
  throw new InvalidArgumentError(`give a number from 1 to ${MOST_WORKERS}`);
}

async function runSupervisor({ count, replace }: { count: number; replace?: true }): Promise<number> {
  const supervisor = join(ROOT, 'worker', 'supervisor.ts');
  const env = effectiveEnvironment(terminal.environment());
  const succeeding = replace ? ['--replace'] : [];
  return runInPlace([process.execPath, supervisor, '--count', String(count), ...succeeding], env);
}

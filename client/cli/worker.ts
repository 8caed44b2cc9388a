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
    .action(async (options: { count: number }) => {
      terminal.exitWith(await runSupervisor(options.count));
    });
  helpAfter(worker, {
    examples: [
      ['cc-ci worker', 'two processes, in the foreground'],
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

async function runSupervisor(count: number): Promise<number> {
  const supervisor = join(ROOT, 'worker', 'supervisor.ts');
  const env = effectiveEnvironment(terminal.environment());
  return runInPlace([process.execPath, supervisor, '--count', String(count)], env);
}

import type { Command } from 'commander';
import { effectiveEnvironment } from '../config.ts';
import { CHECKS } from '../doctor/checks.ts';
import { runChecks, type CheckReport } from '../doctor/run-checks.ts';
import { INTERRUPTED, terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { onInterrupts } from './interrupts.ts';

const FAILED = 1;

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('check everything that this host needs, with a remedy for each fault')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const stop = new AbortController();
      const unlisten = onInterrupts(() => stop.abort());
      try {
        const checks = await runChecks(CHECKS, effectiveEnvironment(terminal.environment()), stop.signal);
        if (options.json) terminal.json({ checks });
        else for (const line of renderChecks(checks)) terminal.print(line);
        const failed = checks.some(({ status }) => status === 'fail');
        terminal.exitWith(stop.signal.aborted ? INTERRUPTED : failed ? FAILED : 0);
      } finally {
        unlisten();
      }
    });
  helpAfter(doctor, {
    examples: [
      ['cc-ci doctor', 'one line for each check, with a remedy for each fault'],
      ['cc-ci doctor --json', '{"checks": [{"name", "status", "seen", "remedy"}]}'],
    ],
    exits: 'doctor',
  });
}

/** One line for each check, and one that counts them. */
export function renderChecks(checks: readonly CheckReport[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, status, seen, remedy }) => {
    const line = `${status.padEnd(4)}  ${name.padEnd(width)}  ${seen}`;
    return remedy === null ? line : `${line}. ${remedy}.`;
  });
  const count = (status: string) => checks.filter((check) => check.status === status).length;
  return [...lines, '', `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`];
}

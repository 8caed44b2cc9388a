import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { effectiveEnvironment, ROOT } from '../config.ts';
import { listens } from '../listens.ts';
import { runInPlace } from './child.ts';
import { terminal } from './context.ts';

/** Set for the process that the stack was started for: it must not start another one. */
const INSIDE = 'CCI_INSIDE_EXEC';

/**
 * Runs a verb that needs the stack of this clone. When the stack is not up, the whole command runs again inside
 * `setup exec`, which starts the stack, and stops afterwards what it has started. A server that the environment names is
 * not ours to start.
 * @param verb resolves to the exit code
 */
export async function withStack(verb: () => Promise<number>): Promise<void> {
  const environment = terminal.environment();
  const setup = join(ROOT, 'setup', 'main.mjs');
  const address = effectiveEnvironment(environment)['CCI_TEMPORAL_ADDRESS'] ?? '';
  const own = environment['CCI_TEMPORAL_ADDRESS'] === undefined || address === ownAddress();
  if (environment[INSIDE] !== undefined || !own || !existsSync(setup) || (await listens(address))) {
    terminal.exitWith(await verb());
    return;
  }
  terminal.say('cc-ci: the stack is not running; starting it for this command (`npm run up` keeps it up).');
  const again = [process.execPath, join(ROOT, 'bin', 'cc-ci'), ...process.argv.slice(2)];
  const code = await runInPlace([process.execPath, setup, 'exec', '--', ...again], {
    ...environment,
    [INSIDE]: '1',
  });
  terminal.exitWith(code);
}

/** For verbs that can do with what is on the disk. */
export function isStackUp(): Promise<boolean> {
  return listens(effectiveEnvironment(terminal.environment())['CCI_TEMPORAL_ADDRESS'] ?? '');
}

/** Whether the stack is there only for this command. */
export function isStackTemporary(): boolean {
  return terminal.environment()[INSIDE] !== undefined;
}

/** Of the stack that this clone starts. */
function ownAddress(): string | undefined {
  return effectiveEnvironment({})['CCI_TEMPORAL_ADDRESS'];
}

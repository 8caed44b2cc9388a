import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { effectiveEnvironment, ROOT } from '../config.ts';
import { runInPlace } from './child.ts';
import { terminal } from './context.ts';

/** Set for the process that the stack was started for: it must not start another one. */
const INSIDE = 'CCI_INSIDE_EXEC';
const CONNECT_MS = 2_000;

/**
 * Runs a verb that needs the stack of this clone. When the stack is not up, the whole command runs again inside
 * `setup exec`, which starts the stack, and stops afterwards what it has started.
 * @param verb resolves to the exit code
 */
export async function withStack(verb: () => Promise<number>): Promise<void> {
  const environment = terminal.environment();
  const setup = join(ROOT, 'setup', 'main.mjs');
  if (environment[INSIDE] !== undefined || !existsSync(setup) || (await stackAnswers(environment))) {
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

/** Whether the stack is there only for this command. */
export function isStackTemporary(): boolean {
  return terminal.environment()[INSIDE] !== undefined;
}

async function stackAnswers(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const address = effectiveEnvironment(environment)['CCI_TEMPORAL_ADDRESS'] ?? '';
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_MS });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

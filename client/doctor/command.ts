import { spawn } from 'node:child_process';

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Run as this account; only root may ask for it. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

const MAX_BYTES = 256 * 1024;

/**
 * Runs argv without a shell and with only the environment given. Whatever it ends with is an answer; rejects when it
 * cannot be started or when it was aborted, and then its whole process group is dead.
 */
export function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  { env, signal, cwd = '/', account }: CommandOptions,
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    env,
    cwd,
    ...account,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(0, MAX_BYTES);
    });
  }
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended in this moment.
    }
  };
  signal.addEventListener('abort', kill, { once: true });
  return new Promise<CommandOutcome>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    child.once('close', (code) => {
      if (signal.aborted) reject(new Error(`${program} was stopped`));
      else resolve({ exitCode: code ?? -1, ...output });
    });
  }).finally(() => signal.removeEventListener('abort', kill));
}

/** The end of what a command said, to be quoted in a line. */
export function lastLine({ stdout, stderr }: CommandOutcome): string {
  return (stderr.trim() || stdout.trim()).split('\n').at(-1)?.slice(0, 200) ?? '';
}

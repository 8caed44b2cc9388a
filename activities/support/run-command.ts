import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { CodedError } from '../../domain/errors.ts';
import { openOutput, type Output } from './command-output.ts';
import type { Claim } from './fence.ts';
import { endGroup, MARK_COMMAND, terminateCommand } from './processes.ts';
import { FENCED_EXIT, fencedArgv } from './fenced-argv.ts';

export interface CommandOptions {
  /** The whole environment of the child; nothing is inherited. `PATH` is the system's standard one when absent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, then closed. The only way a secret may reach a child. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Exit codes that are an answer and not a failure; `[0]` when absent. */
  readonly accept?: readonly number[];
  /** Keep at most so many bytes of each stream for the result; the log keeps its own bound. 1 MiB when absent. */
  readonly maxBytes?: number;
  /** Standard output is an answer for the program and not for people: it stays out of the log. */
  readonly quiet?: boolean;
  /** The same for standard error; it still is in the message of a failure. */
  readonly quietErrors?: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs argv (never a shell line). Rejects with a `CodedError` when the exit code is not accepted or time is up. */
export type RunCommand = (
  argv: readonly [string, ...string[]],
  options: CommandOptions,
) => Promise<CommandResult>;

export interface RunnerOptions {
  /** Existing or new folder for the output of running commands; nothing stays in it. */
  readonly scratch: string;
  /** Hides secrets in log lines and failure messages. */
  readonly redact: (text: string) => string;
  /** Receives redacted lines while the command runs. */
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Present for changes: children carry its marks and refuse to start once it is superseded. */
  readonly claim?: Claim;
}

const STANDARD_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_MAX_BYTES = 1024 * 1024;
/** Leaves room for the table's text around it in a failure of at most 2 KB. */
const MAX_DETAIL = 1500;
const MAX_LOG_LINE = 8 * 1024;

/** Makes the function that runs child processes: of one attempt on an environment, or unfenced for mere reads. */
export function createRunner(runner: RunnerOptions): RunCommand {
  return async (argv, options) => {
    runner.signal.throwIfAborted();
    refuseSuperseded(runner.claim);
    await mkdir(runner.scratch, { recursive: true, mode: 0o700 });
    const output = await openOutput({
      folder: runner.scratch,
      maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
      // Cut only what has been redacted: half a secret would not be recognised.
      onLine: (line) => runner.log(shorten(runner.redact(line))),
      quiet: options.quiet ?? false,
      quietErrors: options.quietErrors ?? false,
    });
    try {
      const ended = await runChild(runner, argv, options, output);
      return judge(runner, argv, options, ended, await output.finish());
    } finally {
      await output.close();
    }
  };
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The program could not be started. */
  readonly startError: string | undefined;
  readonly stoppedFor: 'abort' | 'timeout' | 'flood' | undefined;
}

async function runChild(
  runner: RunnerOptions,
  argv: readonly [string, ...string[]],
  options: CommandOptions,
  output: Output,
): Promise<Ended> {
  const id = randomUUID();
  const record = join(runner.scratch, `running-${id}`);
  const [file, ...args] = runner.claim ? fencedArgv({ record, barriers: runner.claim.barriers, argv }) : argv;
  const child = execa(file, args, {
    env: { PATH: STANDARD_PATH, ...options.env, ...runner.claim?.marks, [MARK_COMMAND]: id },
    extendEnv: false,
    // Its own session and process group, so that a stop reaches what the command has started; and it lives on when
    // the worker is killed, until the next attempt finds it by its mark.
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    cwd: options.cwd ?? '/',
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    // Files and not pipes: an orphan of a killed worker must not die half-way of a broken pipe.
    stdout: output.stdout,
    stderr: output.stderr,
  });
  let stoppedFor: Ended['stoppedFor'];
  let stopping: Promise<void> | undefined;
  const stop = (reason: NonNullable<Ended['stoppedFor']>) => {
    stoppedFor ??= reason;
    stopping ??= terminateCommand(child.pid, id);
    // Awaited below, when the child has ended; until then a failure must not count as unhandled.
    stopping.catch(() => undefined);
  };
  const onAbort = () => stop('abort');
  const timer = setTimeout(() => stop('timeout'), options.timeoutMs);
  runner.signal.addEventListener('abort', onAbort, { once: true });
  output.onFlood(() => stop('flood'));
  try {
    const result = await child;
    if (stopping) await stopping;
    else endGroup(child.pid);
    const startError = result.failed && result.exitCode === undefined && result.signal === undefined;
    return {
      exitCode: result.exitCode,
      signal: result.signal,
      startError: startError ? String(result.code ?? result.originalMessage) : undefined,
      stoppedFor,
    };
  } finally {
    clearTimeout(timer);
    runner.signal.removeEventListener('abort', onAbort);
    await rm(record, { force: true });
  }
}

function judge(
  runner: RunnerOptions,
  argv: readonly [string, ...string[]],
  options: CommandOptions,
  ended: Ended,
  texts: { stdout: string; stderr: string },
): CommandResult {
  const name = basename(argv[0]);
  const seconds = options.timeoutMs / 1000;
  if (ended.stoppedFor === 'abort') runner.signal.throwIfAborted();
  if (ended.stoppedFor === 'timeout')
    throw new CodedError('E_COMMAND_TIMEOUT', `${name} was stopped after ${seconds} s`);
  if (ended.stoppedFor === 'flood')
    throw new CodedError('E_COMMAND', `${name} was stopped: it wrote without end`);
  const accepted = ended.exitCode !== undefined && (options.accept ?? [0]).includes(ended.exitCode);
  // Killed by whoever took over, or refused by the fence: the failure is not the command's.
  if (!accepted || ended.exitCode === FENCED_EXIT) refuseSuperseded(runner.claim);
  if (accepted) return { exitCode: ended.exitCode, ...texts };
  const how = ended.startError
    ? `could not be started (${ended.startError})`
    : ended.exitCode === undefined
      ? `was ended by ${ended.signal ?? 'a signal'}`
      : `ended with ${ended.exitCode}`;
  throw new CodedError('E_COMMAND', `${name} ${how}${lastLines(runner.redact(texts.stderr))}`);
}

function refuseSuperseded(claim: Claim | undefined): void {
  if (claim?.superseded())
    throw new CodedError('E_FENCED', `lane ${claim.lane}, generation ${claim.generation}`);
}

function shorten(line: string): string {
  return line.length > MAX_LOG_LINE ? `${line.slice(0, MAX_LOG_LINE)}…` : line;
}

function lastLines(stderr: string): string {
  const text = stderr.trim();
  if (text === '') return '';
  return `: ${text.length > MAX_DETAIL ? `…${text.slice(-MAX_DETAIL)}` : text}`;
}

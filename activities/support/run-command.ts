export interface CommandOptions {
  /** The whole environment of the child; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, then closed. The only way a secret may reach a child. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Exit codes that are an answer and not a failure; `[0]` when absent. */
  readonly accept?: readonly number[];
  /** Keep at most so many bytes of each stream for the result; the log keeps its own bound. */
  readonly maxBytes?: number;
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

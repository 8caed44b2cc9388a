import type { Environment } from '../../domain/plan.ts';
import type { RunCommand } from './run-command.ts';

/**
 * One attempt acting on one environment. Made by `openOperation`, which claims the next generation of the environment's
 * fence and kills what older attempts left running; from then on only this attempt may change anything.
 */
export interface Operation {
  readonly environment: Environment;
  /** Runs a child process that carries the environment's mark and refuses to start once the attempt is superseded. */
  readonly run: RunCommand;
  readonly signal: AbortSignal;
  /** Appends a line to the log of the stage, redacted. */
  readonly log: (line: string) => void;
  /** From now on hides the value in the logs and failures of this operation; for secrets that have just been made. */
  readonly hide: (value: string) => void;
  /** Hides secrets in text that leaves the host by another way than the log. */
  readonly redact: (text: string) => string;
  /** Says what is being waited for; shown with the heartbeat ("app: starting, 0/1"). */
  readonly progress: (what: string) => void;
}

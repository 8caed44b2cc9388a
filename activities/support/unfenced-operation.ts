import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../domain/plan.ts';
import type { Operation } from './operation.ts';
import { createRedactor } from './redact.ts';
import { createRunner } from './run-command.ts';

export interface UnfencedOptions {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Told what is logged, redacted; nobody when absent. */
  readonly log?: (line: string) => void;
  readonly progress?: (what: string) => void;
}

/**
 * Gives the means to look at something outside any attempt on an environment. What is run is not fenced: it must change
 * nothing.
 */
export async function withUnfenced<T>(
  { environment, signal, log: write = () => undefined, progress = () => undefined }: UnfencedOptions,
  body: (operation: Operation) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-look-'));
  const { redact, hide } = createRedactor();
  try {
    return await body({
      environment,
      signal,
      log: (line) => write(redact(line)),
      hide,
      redact,
      progress: (what) => progress(redact(what)),
      run: createRunner({ scratch, redact, log: write, signal }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

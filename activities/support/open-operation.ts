import { join } from 'node:path';
import type { Environment } from '../../domain/plan.ts';
import { recordEnvironment } from './environment-record.ts';
import { claimLane, closeFence, GUARD_LANE, type Claim } from './fence.ts';
import type { Operation } from './operation.ts';
import type { HostPaths } from './paths.ts';
import { loadRedactor, type Redactor } from './redact.ts';
import { createRunner } from './run-command.ts';
import { openStageLog } from './stage-log.ts';

export interface OperationOptions {
  readonly environment: Environment;
  /** Activities of one environment that run side by side use different lanes; `main` when absent. */
  readonly lane?: string;
  /** `Context.current().info.currentAttemptScheduledTimestampMs`: the server's clock orders the attempts. */
  readonly token: number;
  readonly signal: AbortSignal;
  readonly paths: HostPaths;
  /** Name of the log in the run's folder: a stage, or `teardown`. */
  readonly stage: string;
  /** Knows the files of the environment's private folder when absent. */
  readonly redactor?: Redactor;
  /** Told what is being waited for, redacted, for the heartbeat and the timeline. */
  readonly progress?: (what: string) => void;
}

/**
 * Claims the lane of an environment for this attempt, kills what older attempts left running in it, and gives the means
 * to act. Rejects with `E_FENCED` when a newer attempt has taken over or the environment is closed.
 */
export async function openOperation(options: OperationOptions): Promise<Operation> {
  if (options.lane === GUARD_LANE) throw new TypeError('the guard lane belongs to openGuardOperation');
  const claimed = await claim(options, options.lane);
  await recordEnvironment(options.paths, options.environment);
  return operationOf(options, claimed);
}

/**
 * The same for whoever removes the environment: closes the fence for all other lanes for good, kills every process of
 * the environment, and goes on in the guard's lane. `killed` counts those processes.
 */
export async function openGuardOperation(
  options: Omit<OperationOptions, 'lane'>,
): Promise<{ operation: Operation; killed: number }> {
  const claimed = await claim(options, GUARD_LANE);
  const killed = await closeFence({
    environmentId: options.environment.id,
    folder: options.paths.environment(options.environment.id).fence,
  });
  return { operation: await operationOf(options, claimed), killed: claimed.killed + killed };
}

function claim(options: OperationOptions, lane: string | undefined): Promise<Claim> {
  return claimLane({
    environmentId: options.environment.id,
    folder: options.paths.environment(options.environment.id).fence,
    token: options.token,
    ...(lane === undefined ? {} : { lane }),
  });
}

async function operationOf(options: OperationOptions, claimed: Claim): Promise<Operation> {
  const { environment, paths, signal } = options;
  const place = paths.environment(environment.id);
  const { redact, hide } = options.redactor ?? (await loadRedactor(place.private));
  const write = openStageLog(paths.stageLog(environment.runId, options.stage));
  const log = (line: string) => write(redact(line));
  if (claimed.killed > 0) log(`took over: ${claimed.killed} processes of an older attempt were killed`);
  return {
    environment,
    signal,
    log,
    hide,
    redact,
    progress: (what) => options.progress?.(redact(what)),
    run: createRunner({ scratch: join(place.root, 'commands'), redact, log: write, signal, claim: claimed }),
  };
}

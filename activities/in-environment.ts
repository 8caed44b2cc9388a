import { Context } from '@temporalio/activity';
import type { App, Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { toFailure } from './support/failures.ts';
import { startHeartbeat, type Heartbeat } from './support/heartbeat.ts';
import { openGuardOperation, openOperation } from './support/open-operation.ts';
import type { Operation } from './support/operation.ts';
import { recordTimeline } from './support/timeline.ts';

/** Runs the body of an activity with a heartbeat, and maps what it throws to a coded failure or the cancellation. */
export async function withHeartbeat<T>(body: (heartbeat: Heartbeat) => Promise<T>): Promise<T> {
  const heartbeat = startHeartbeat();
  try {
    return await body(heartbeat);
  } catch (error) {
    // A child that was stopped for a cancellation fails in its own way; only the cancellation itself may be seen.
    Context.current().cancellationSignal.throwIfAborted();
    throw toFailure(error, undefined, Context.current().info.attempt);
  } finally {
    heartbeat.stop();
  }
}

function optionsOf(deps: HostDependencies, environment: Environment, stage: string, heartbeat: Heartbeat) {
  const { info, cancellationSignal } = Context.current();
  const record = recordTimeline(deps.paths.timeline(environment.runId), stage);
  return {
    environment,
    stage,
    token: info.currentAttemptScheduledTimestampMs,
    signal: cancellationSignal,
    paths: deps.paths,
    progress: (what: string) => {
      heartbeat.progress(what);
      record(what);
    },
  };
}

async function redacted<T>(operation: Operation, body: (operation: Operation) => Promise<T>): Promise<T> {
  try {
    return await body(operation);
  } catch (error) {
    operation.signal.throwIfAborted();
    throw toFailure(error, operation.redact, Context.current().info.attempt);
  }
}

/** Where an attempt acts: apps that are worked on side by side have lanes and logs of their own. */
export function placeOf(
  { environment, app }: { readonly environment: Environment; readonly app?: App | undefined },
  stage: string,
): { readonly environment: Environment; readonly stage: string; readonly lane?: string } {
  if (app === undefined || app.role === 'app') return { environment, stage };
  return { environment, stage: `dependency-${app.role}`, lane: `dependency-${app.role}` };
}

/** Acts on an environment as the current attempt of a step: claims it first, fenced from then on. */
export function inEnvironment<T>(
  deps: HostDependencies,
  at: { readonly environment: Environment; readonly stage: string; readonly lane?: string },
  body: (operation: Operation) => Promise<T>,
): Promise<T> {
  return withHeartbeat(async (heartbeat) => {
    const operation = await openOperation({
      ...optionsOf(deps, at.environment, at.stage, heartbeat),
      ...(at.lane === undefined ? {} : { lane: at.lane }),
    });
    return redacted(operation, body);
  });
}

/** Acts on an environment as its guard: closes it for everybody else first. */
export function asGuard<T>(
  deps: HostDependencies,
  environment: Environment,
  body: (operation: Operation, killed: number) => Promise<T>,
): Promise<T> {
  return withHeartbeat(async (heartbeat) => {
    const opened = await openGuardOperation(optionsOf(deps, environment, 'teardown', heartbeat));
    return redacted(opened.operation, (operation) => body(operation, opened.killed));
  });
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { errorFacts, isErrorCode } from '../domain/errors.ts';
import type { RunInput } from '../domain/plan.ts';
import { DECISIONS_QUEUE } from '../domain/queues.ts';
import { recipeReadingSchema, type RecipeReading } from '../domain/recipe-reading.ts';
import { isTransient, within } from './rpc.ts';
import { BROKEN, USAGE, UserError } from './user-error.ts';

const INTERVAL_MS = 500;
/** How long nobody may work on it: a worker polls at once, and a repeated attempt starts within ten seconds. */
const UNATTENDED_MS = 15_000;
const LONGEST = '20 minutes';

/**
 * What a run of the input would do, and what the linter says: by the workflow `recipePlan`, because the recipe is read
 * where it would run.
 * @throws UserError when the recipe cannot be read, or nobody is there to read it
 */
export async function readRecipe(
  client: Client,
  input: RunInput,
  options: { readonly unattendedMs?: number } = {},
): Promise<RecipeReading> {
  const handle = await client.workflow.start('recipePlan', {
    workflowId: `plan-${input.recipe}-${randomUUID().slice(0, 8)}`,
    taskQueue: DECISIONS_QUEUE,
    args: [input],
    workflowTaskTimeout: '5 seconds',
    // It only reads: nothing is lost when it is cut off.
    workflowExecutionTimeout: LONGEST,
    staticSummary: `read ${input.recipe} ${input.head.slice(0, 7)}`,
  });
  const { workflowId } = handle;
  const watching = new AbortController();
  const watch = untilUnattended(client, workflowId, options.unattendedMs ?? UNATTENDED_MS, watching.signal);
  const unattended = watch.then(() => {
    const cause = `no worker of host ${input.host} took the reading of ${input.recipe} in time`;
    throw new UserError(cause, 'Start one with `npm run up`', { exitCode: BROKEN });
  });
  try {
    return recipeReadingSchema.parse(await Promise.race([handle.result(), unattended]));
  } catch (error) {
    // Only now: a wait that saw the end of the workflow would tell of that, and not of what is missing.
    if (error instanceof UserError) await handle.terminate('nobody worked on it').catch(() => undefined);
    throw error instanceof WorkflowFailedError ? explain(error, input) : error;
  } finally {
    watching.abort();
    unattended.catch(() => undefined);
  }
}

/** Resolves when nobody has worked on a workflow for that long; never once the signal is aborted. */
async function untilUnattended(
  client: Client,
  workflowId: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const never = new Promise<never>(() => undefined);
  for (let attendedAt = Date.now(); Date.now() - attendedAt < limitMs;) {
    await delay(INTERVAL_MS, undefined, { signal }).catch(() => never);
    try {
      const seen = await within(client, 5_000, () => client.workflow.getHandle(workflowId).describe());
      if (isAttended(seen)) attendedAt = Date.now();
    } catch (error) {
      // A server that is away shows in the wait for the result.
      if (!isTransient(error)) return never;
    }
  }
}

function isAttended({ status, raw }: WorkflowExecutionDescription): boolean {
  const STARTED = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
  return status.name !== 'RUNNING' || (raw.pendingActivities ?? []).some(({ state }) => state === STARTED);
}

function explain(error: WorkflowFailedError, { recipe }: RunInput): UserError {
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    const facts = errorFacts(cause.type);
    const blamed = ['recipe', 'test', 'upstream'].includes(facts.class);
    return new UserError(`${cause.type}: ${cause.message}`, capitalised(facts.remedy), {
      exitCode: blamed ? USAGE : BROKEN,
      cause: error,
    });
  }
  const why = cause?.message ?? error.message;
  return new UserError(`the reading of ${recipe} did not end well (${why})`, 'Try again', {
    exitCode: BROKEN,
    cause: error,
  });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { hostPoolId } from '../domain/queues.ts';
import { progressSchema, type Progress } from '../domain/progress.ts';
import { resultsSchema, type Results } from '../domain/results.ts';
import { findGuards, guardReport } from './guard-report.ts';
import { isTransient, within } from './rpc.ts';
import { BROKEN, UserError } from './user-error.ts';
import { pendingActivities, poolState, positionOf, type PendingActivity } from './waiting.ts';

/** What can be seen of a run at one moment. */
export interface Snapshot {
  readonly progress: Progress | undefined;
  readonly activities: readonly PendingActivity[];
  /** Place in the queue of the host, while the run waits for it. */
  readonly position: number | undefined;
  /** Something a person should know besides: "no worker answers". */
  readonly notice: string | undefined;
}

/** How following a run ended. */
export type Ending =
  | { readonly kind: 'results'; readonly results: Results }
  /** The results are published, while the environment stays until then (ISO time). */
  | { readonly kind: 'held'; readonly results: Results; readonly until: string }
  /** The run was closed by force, and nobody could write results for it. */
  | { readonly kind: 'closed'; readonly status: string; readonly detail: string }
  /** The run was closed by force, and its guard has not removed the environment in time. */
  | { readonly kind: 'not-removed'; readonly guard: string }
  | { readonly kind: 'detached' };

export interface FollowOptions {
  readonly host: string;
  /** Start of the execution meant, as far as it is known before the first look. */
  readonly since: Date;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Aborted when nobody wants to know any more. */
  readonly signal: AbortSignal;
}

const INTERVAL_MS = 1_000;
/** The workflow ends the three passes of a guard after ten minutes; what is left by then is a leak. */
const GUARD_LIMIT_MS = 12 * 60_000;

/** Follows a run to its end, whatever that is: the run's own results, those of its guard, or word that there are none. */
export async function followRun(client: Client, runId: string, options: FollowOptions): Promise<Ending> {
  let seen: Progress | undefined;
  let since: Date | undefined;
  while (!options.signal.aborted) {
    const state = await look(client, runId, options.host);
    if (state.kind === 'closed') {
      if (state.status !== 'COMPLETED') {
        since ??= state.since ?? options.since;
        return afterForce(client, { runId, status: state.status, guard: seen?.guardId, since }, options);
      }
      const results = await unlessAway(client, () => resultsOf(client, runId));
      if (results) return { kind: 'results', results };
      options.onSnapshot({ ...NOTHING, progress: seen, notice: AWAY });
    } else {
      seen = state.snapshot.progress ?? seen;
      since = state.since ?? since;
      options.onSnapshot({ ...state.snapshot, progress: seen });
      const held = await readHeld(client, runId, state.snapshot.progress);
      if (held) return held;
    }
    await pause(options.signal);
  }
  return { kind: 'detached' };
}

type State =
  { kind: 'open'; snapshot: Snapshot; since?: Date } | { kind: 'closed'; status: string; since?: Date };

const NOTHING: Omit<Snapshot, 'notice'> = { progress: undefined, activities: [], position: undefined };
const NO_WORKER = 'no worker answers; `npm run up` or `cc-ci worker` starts one';
const OTHER_VERSION = 'the workers run another version of cc-ci; `npm run up` restarts them';
const AWAY = 'Temporal does not answer; trying again';

/** Whether a run is under way; false too when the server does not know it. */
export async function isOpen(client: Client, runId: string): Promise<boolean> {
  try {
    const { status } = await within(client, 5_000, () => client.workflow.getHandle(runId).describe());
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** One look at a run. `GONE` stands for the status of a run that the server no longer knows. */
export async function look(client: Client, runId: string, host: string): Promise<State> {
  let description: WorkflowExecutionDescription;
  try {
    // Without the id of an execution: after a reset the new one is followed.
    description = await within(client, 5_000, () => client.workflow.getHandle(runId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'closed', status: 'GONE' };
    if (!isTransient(error)) throw error;
    return { kind: 'open', snapshot: { ...NOTHING, notice: AWAY } };
  }
  const status = description.status.name;
  if (status !== 'RUNNING' && status !== 'PAUSED')
    return { kind: 'closed', status, since: description.startTime };
  const activities = await pendingActivities(client, description);
  const answer = await readProgress(client, runId);
  const progress = answer === 'none' || answer === 'unreadable' ? undefined : answer;
  const waits = progress?.phase === 'waiting for the host';
  const position = waits ? positionOf(runId, await poolState(client, hostPoolId(host))) : undefined;
  const notice = answer === 'none' ? NO_WORKER : answer === 'unreadable' ? OTHER_VERSION : undefined;
  return {
    kind: 'open',
    snapshot: { progress, activities, position, notice },
    since: description.startTime,
  };
}

/** The published results of a run whose environment is held; undefined for every other, and while no worker answers. */
async function readHeld(
  client: Client,
  runId: string,
  progress: Progress | undefined,
): Promise<Extract<Ending, { kind: 'held' }> | undefined> {
  if (progress?.phase !== 'held' || !progress.hold) return undefined;
  const handle = client.workflow.getHandle(runId);
  const answer: unknown = await unlessAway(client, () => handle.query('results'));
  const results = resultsSchema.safeParse(answer).data;
  return results && { kind: 'held', results, until: progress.hold.until };
}

/** `none`: nobody answers now. `unreadable`: a worker answers in a form that this version does not know. */
async function readProgress(client: Client, runId: string): Promise<Progress | 'none' | 'unreadable'> {
  let answer: unknown;
  try {
    answer = await within(client, 3_000, () => client.workflow.getHandle(runId).query('progress'));
  } catch {
    // No worker, one that stops just now, a run that has closed meanwhile: the next look sees how it goes on.
    return 'none';
  }
  return progressSchema.safeParse(answer).data ?? 'unreadable';
}

/**
 * Results of a run that has completed.
 * @throws UserError when they are of another version's schema
 */
export async function resultsOf(client: Client, runId: string): Promise<Results> {
  const result: unknown = await client.workflow.getHandle(runId).result();
  const results = resultsSchema.safeParse(result);
  if (results.success) return results.data;
  throw new UserError(
    `the results of ${runId} were written by another version of cc-ci`,
    'Read them with that version, or start the run again with this one',
    { exitCode: BROKEN, cause: results.error },
  );
}

/** Answer of the server; undefined when it cannot give one now, as while it restarts. */
async function unlessAway<T>(client: Client, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await within(client, 5_000, ask);
  } catch (error) {
    if (!isTransient(error)) throw error;
    return undefined;
  }
}

/** The run was terminated, deleted or failed: its guard removes the environment and reports for it. */
async function afterForce(
  client: Client,
  run: { runId: string; status: string; guard: string | undefined; since: Date },
  options: FollowOptions,
): Promise<Ending> {
  const started = Date.now();
  const { runId, status } = run;
  let guard = run.guard;
  let missingSince: number | undefined;
  while (!options.signal.aborted) {
    const waitedMs = Date.now() - started;
    const guards = guard ? [guard] : await unlessAway(client, () => findGuards(client, runId, run.since));
    guard = guards?.[0];
    // Only an answer without a guard counts, and not the first one: visibility lags.
    if (guards?.length === 0) {
      missingSince ??= Date.now();
      const certain = Date.now() - missingSince > 4_000;
      const detail = certain
        ? await unlessAway(client, () => closedBecause(client, runId, status))
        : undefined;
      if (detail !== undefined) return { kind: 'closed', status, detail };
    }
    const report = guard === undefined ? 'open' : await guardReport(client, guard);
    if (report === 'gone') return { kind: 'closed', status, detail: `its guard ${guard ?? ''} is gone too` };
    if (report !== 'open') {
      if (report.results) return { kind: 'results', results: report.results };
      return { kind: 'closed', status, detail: 'its environment was removed; no results were written' };
    }
    if (guard !== undefined && waitedMs > GUARD_LIMIT_MS) return { kind: 'not-removed', guard };
    const what = guard === undefined ? 'looking for its guard' : 'its guard removes the environment';
    const notice = `the run was closed from outside (${status.toLowerCase()}); ${what}`;
    options.onSnapshot({ ...NOTHING, notice });
    await pause(options.signal);
  }
  return { kind: 'detached' };
}

async function closedBecause(client: Client, runId: string, status: string): Promise<string> {
  const nothing = 'it had no environment yet';
  if (status !== 'FAILED') return nothing;
  try {
    await client.workflow.getHandle(runId).result();
    return nothing;
  } catch (error) {
    if (isTransient(error)) throw error;
    return error instanceof WorkflowFailedError ? (error.cause?.message ?? error.message) : nothing;
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  // Rejects when aborted, which the caller's loop condition sees.
  await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
}

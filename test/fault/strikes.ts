import { setTimeout as delay } from 'node:timers/promises';
import { progressSchema } from '../../domain/progress.ts';
import { MARK_ENVIRONMENT } from '../../activities/support/processes.ts';
import type { FaultCase, Struck } from './case.ts';
import type { HeldRequest } from './fake-providers.ts';
import type { Lane } from './lane.ts';
import { isAlive, isStopped, processesCalledWith, processesWith, signal } from './processes.ts';
import { until } from './until.ts';

/** Ends the worker at the point, in the middle of whatever it does. */
export async function killWorker({ reached }: Struck): Promise<void> {
  const pid = pidOf(reached);
  signal(pid, 'SIGKILL');
  await gone(pid, 5);
}

/** Asks the worker at the point to end. */
export async function stopWorker({ reached }: Struck): Promise<void> {
  const pid = pidOf(reached);
  signal(pid, 'SIGTERM');
  await gone(pid, 30);
}

/** Freezes the worker at the point; its supervisor has to notice. */
export async function freezeWorker({ reached }: Struck): Promise<void> {
  const pid = pidOf(reached);
  signal(pid, 'SIGSTOP');
  await gone(pid, 12);
}

/** Milliseconds after which a frozen worker's heartbeats have been missed and another has taken over. */
const TAKEN_OVER_MS = 7_000;

/**
 * Freezes the worker and its supervisor, so that nobody kills it, until another process has taken its work over, and then
 * wakes it.
 */
export async function freezeAndWake({ lane, reached, release }: Struck): Promise<void> {
  const pid = pidOf(reached);
  signal(lane.supervisorPid, 'SIGSTOP');
  signal(pid, 'SIGSTOP');
  release();
  await delay(TAKEN_OVER_MS);
  signal(pid, 'SIGCONT');
  // Time to do damage before the supervisor finds out how long it was silent.
  await delay(1_000);
  signal(lane.supervisorPid, 'SIGCONT');
}

/**
 * Freezes the worker, ends its run, and wakes the worker when the environment has been removed: what it was about to make
 * must not come to be any more. It cannot ask the server, so nobody tells it to stop.
 */
export async function wakeBehindRemoval(run: Struck): Promise<void> {
  const { lane, reached, release } = run;
  const pid = pidOf(reached);
  signal(lane.supervisorPid, 'SIGSTOP');
  signal(pid, 'SIGSTOP');
  release();
  try {
    await endAndRemove(run);
  } finally {
    lane.proxy.cut();
    signal(pid, 'SIGCONT');
    await delay(DAMAGE_MS);
    lane.proxy.mend();
    signal(lane.supervisorPid, 'SIGCONT');
  }
}

/** Arguments of the children that are to outlive their worker: one that sends a stack, and one that asks a provider. */
const STACK = ['stack', 'deploy'];
const PROVIDER = ['activities/sso/child.ts'];

/**
 * Kills the worker whose child is sending a stack to swarm, but only freezes the child; wakes it when another worker has
 * done the same work.
 */
export async function orphanAndWake(run: Struck): Promise<void> {
  const child = await freezeChild(run, STACK);
  await killWorker(run);
  await delay(TAKEN_OVER_MS);
  signal(child, 'SIGCONT');
}

/** The same, but the child wakes when the run has been ended and its environment removed. */
export function orphanBehindRemoval(run: Struck): Promise<void> {
  return wakeChildBehindRemoval(run, STACK);
}

/** The same with a child that is about to make a realm. */
export function orphanedRealmBehindRemoval(run: Struck): Promise<void> {
  return wakeChildBehindRemoval(run, PROVIDER);
}

async function wakeChildBehindRemoval(run: Struck, words: readonly string[]): Promise<void> {
  const child = await freezeChild(run, words);
  try {
    await killWorker(run);
    await endAndRemove(run);
  } finally {
    signal(child, 'SIGCONT');
    await delay(DAMAGE_MS);
  }
}

/** Long enough to do damage. */
const DAMAGE_MS = 2_000;

async function freezeChild({ lane, release }: Struck, words: readonly string[]): Promise<number> {
  release();
  const child = await until(
    `a child does ${words.join(' ')}`,
    60_000,
    () => childrenCalledWith(lane, words)[0],
  );
  signal(child, 'SIGSTOP');
  // One that has ended meanwhile would be a fault that tests nothing.
  await until(`process ${child} is frozen`, 1_000, () => isStopped(child) || undefined);
  return child;
}

function childrenCalledWith({ environments }: Lane, words: readonly string[]): number[] {
  const called = processesCalledWith(words);
  if (called.length === 0) return [];
  const own = environments.flatMap((id) => processesWith(MARK_ENVIRONMENT, id));
  return called.filter((pid) => own.includes(pid));
}

/** Time for a child to start and to ask, and not for the answer. */
const ASKING_MS = 500;

/** Lets the run go on until a real provider is being asked, by the `count`th child from now on that does. */
export async function untilAsked({ lane, release }: Struck, count: number): Promise<void> {
  const seen = new Set<number>();
  release();
  await until(`a provider is asked ${count} times`, 120_000, () => {
    for (const pid of childrenCalledWith(lane, PROVIDER)) seen.add(pid);
    return seen.size >= count || undefined;
  });
  await delay(ASKING_MS);
}

/** Lets the run go on until the provider has been asked for something and has yet to answer; then strikes. */
export function whileAsked(request: HeldRequest, strike: FaultCase['strike']): FaultCase['strike'] {
  return async (run) => {
    const { lane, release } = run;
    let isHeld = false;
    void lane.providers.hold(request).then(() => (isHeld = true));
    release();
    await until(`${request.method} ${request.path.source} is asked`, 60_000, () => isHeld || undefined);
    await strike(run);
  };
}

async function endAndRemove(run: Struck): Promise<void> {
  const { client, runId } = run;
  const guard = await guardOf(run);
  await client.workflow.getHandle(runId).terminate('a fault');
  // A frozen worker swallows tasks of the guard as well.
  await until(`${guard} is closed`, 200_000, async () => {
    const { status } = await client.workflow.getHandle(guard).describe();
    return status.name === 'COMPLETED' ? true : undefined;
  });
}

/** Workflow id of the guard of a run that has one. */
export async function guardOf({ client, runId }: Struck): Promise<string> {
  const { guardId } = progressSchema.parse(await client.workflow.getHandle(runId).query('progress'));
  if (guardId === undefined) throw new Error('the run has no guard yet');
  return guardId;
}

export async function restartTemporal({ lane }: Struck): Promise<void> {
  lane.temporal.kill();
  await delay(1_500);
  await lane.temporal.restart();
}

/** The workers cannot reach the server for a while; everything else can. */
export async function cutConnection({ lane }: Struck): Promise<void> {
  lane.proxy.cut();
  await delay(6_000);
  lane.proxy.mend();
}

/** Server, supervisor and workers die at once and are started later. */
export async function powerCut({ lane }: Struck): Promise<void> {
  lane.temporal.kill();
  await lane.killWorkers();
  await delay(1_500);
  await lane.temporal.restart();
  await lane.startWorkers();
}

export async function cancel({ client, runId }: Struck): Promise<void> {
  await client.workflow.getHandle(runId).cancel();
}

export async function terminate({ client, runId }: Struck): Promise<void> {
  await client.workflow.getHandle(runId).terminate('a fault');
}

export async function remove({ client, runId }: Struck): Promise<void> {
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: runId },
  });
}

function pidOf(reached: Struck['reached']): number {
  if (!reached) throw new Error('nobody is at the point');
  return reached.pid;
}

function gone(pid: number, seconds: number): Promise<true> {
  return until(`process ${pid} is gone`, seconds * 1000, () => !isAlive(pid) || undefined);
}

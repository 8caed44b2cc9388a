import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FROZEN_AFTER_MS, forgetLiveness, isReady, Pulse } from './liveness.ts';

const FIRST_RESTART_MS = 250;
const SLOWEST_RESTART_MS = 10_000;
/** A worker that lived this long was healthy: its next restart is quick again. */
const HEALTHY_AFTER_MS = 60_000;
const CHECK_INTERVAL_MS = 500;
/** A worker that loads its code gives no sign of life, long on a busy machine, and has no task yet that it could keep. */
const STARTING_MS = 60_000;

/** Said to a worker: finish the host's work and take no more. */
export const DRAIN = 'drain';
/** Said by a worker that has done so. */
export const DRAINED = 'drained';

export interface Supervisor {
  /** Resolves when every worker has ended after `stop`. */
  readonly done: Promise<void>;
  /** Whether every worker polls. */
  isReady(): boolean;
  /** Resolves when no worker acts on the host any more; they go on deciding until `stop`. */
  drain(): Promise<void>;
  stop(): void;
}

/** Keeps `count` worker processes alive: restarts those that die, kills those that are frozen. */
export function supervise(options: {
  /** Program of a worker. */
  main: string;
  count: number;
  workersFolder: string;
  env: Record<string, string>;
  logger: Logger;
}): Supervisor {
  const { logger, workersFolder, count } = options;
  const children = new Map<number, ChildProcess>();
  const drained = new WeakSet<ChildProcess>();
  const pulse = new Pulse(workersFolder);
  let draining = false;
  let stopping = false;

  async function keep(index: number): Promise<void> {
    let pauseMs = FIRST_RESTART_MS;
    while (!stopping) {
      const startedMs = Date.now();
      const child = spawn(process.execPath, [options.main], {
        env: { ...options.env, CCI_WORKER_INDEX: String(index), CCI_WORKER_COUNT: String(count) },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      children.set(index, child);
      child.on('message', (message) => {
        if (message === DRAINED) drained.add(child);
      });
      if (draining) tell(child, DRAIN);
      const code = await new Promise<string>((resolve) => {
        child.once('exit', (status, signal) => {
          resolve(signal ?? String(status));
        });
        child.on('error', (error) => {
          if (child.pid === undefined) resolve(error.message);
        });
      });
      children.delete(index);
      if (child.pid !== undefined) await forgetLiveness(workersFolder, child.pid);
      if (stopping) return;
      if (Date.now() - startedMs > HEALTHY_AFTER_MS) pauseMs = FIRST_RESTART_MS;
      logger.warn({ index, pid: child.pid, code, pauseMs }, 'a worker ended; starting it again');
      await delay(pauseMs);
      pauseMs = Math.min(pauseMs * 2, SLOWEST_RESTART_MS);
    }
  }

  const watchdog = setInterval(() => {
    for (const child of children.values()) void killFrozen(child);
  }, CHECK_INTERVAL_MS);

  async function killFrozen(child: ChildProcess): Promise<void> {
    if (child.pid === undefined) return;
    const silentMs = await pulse.silenceOf(child.pid);
    const patienceMs = isReady(workersFolder, child.pid) ? FROZEN_AFTER_MS : STARTING_MS;
    if (silentMs === undefined || silentMs < patienceMs) return;
    logger.error({ pid: child.pid, silentMs }, 'a worker is frozen; killing it');
    child.kill('SIGKILL');
  }

  const done = Promise.all(Array.from({ length: count }, (_, index) => keep(index))).then(() => {
    clearInterval(watchdog);
  });
  return {
    done,
    isReady: () =>
      children.size === count &&
      [...children.values()].every(({ pid }) => pid !== undefined && isReady(workersFolder, pid)),
    drain: async () => {
      draining = true;
      for (const child of children.values()) tell(child, DRAIN);
      while (!stopping && ![...children.values()].every((child) => drained.has(child))) {
        await delay(CHECK_INTERVAL_MS);
      }
    },
    stop: () => {
      stopping = true;
      for (const child of children.values()) child.kill('SIGTERM');
    },
  };
}

/** Nobody hears it when the worker is just ending; its successor is told again. */
function tell(child: ChildProcess, message: string): void {
  child.send(message, () => undefined);
}

import { existsSync } from 'node:fs';
import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const INTERVAL_MS = 500;

/** A worker whose sign of life is older than this is frozen: it would swallow tasks of all runs (docs/adr/0003). */
export const FROZEN_AFTER_MS = 4_000;

const aliveFile = (folder: string, pid: number) => join(folder, `${pid}.alive`);
const readyFile = (folder: string, pid: number) => join(folder, `${pid}.ready`);

/** Signs of life of this process in `folder`, until `stop` is called. */
export async function showLiveness(
  folder: string,
): Promise<{ ready(): Promise<void>; stop(): Promise<void> }> {
  await mkdir(folder, { recursive: true });
  const alive = aliveFile(folder, process.pid);
  await writeFile(alive, '');
  const timer = setInterval(() => {
    const now = new Date();
    utimes(alive, now, now).catch(() => writeFile(alive, ''));
  }, INTERVAL_MS);
  return {
    ready: () => writeFile(readyFile(folder, process.pid), ''),
    stop: async () => {
      clearInterval(timer);
      await forgetLiveness(folder, process.pid);
    },
  };
}

/** Milliseconds since the last sign of life of a worker, `undefined` when it has not given one yet. */
export async function silenceOf(folder: string, pid: number): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(aliveFile(folder, pid))).mtimeMs;
  } catch {
    return undefined;
  }
}

/** Whether a worker polls. */
export function isReady(folder: string, pid: number): boolean {
  return existsSync(readyFile(folder, pid));
}

export async function forgetLiveness(folder: string, pid: number): Promise<void> {
  await rm(aliveFile(folder, pid), { force: true });
  await rm(readyFile(folder, pid), { force: true });
}

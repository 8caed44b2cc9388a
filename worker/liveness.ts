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

/** The last signs of life of workers, as a supervisor sees them. */
export class Pulse {
  private readonly seen = new Map<number, { readonly mtimeMs: number; readonly at: number }>();
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Milliseconds for which no new sign of life of a worker has been seen, `undefined` when there is none. Counted by the
   * clock that only goes forward: when that of the machine is set, no worker has been silent for it.
   */
  async silenceOf(pid: number): Promise<number | undefined> {
    try {
      const { mtimeMs } = await stat(aliveFile(this.folder, pid));
      const now = performance.now();
      const last = this.seen.get(pid);
      if (last?.mtimeMs === mtimeMs) return now - last.at;
      this.seen.set(pid, { mtimeMs, at: now });
      return 0;
    } catch {
      this.seen.delete(pid);
      return undefined;
    }
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

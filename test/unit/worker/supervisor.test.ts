import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pulse } from '../../../worker/liveness.ts';
import { supervise, type Supervisor } from '../../../worker/supervise.ts';

let folder: string;
let supervisor: Supervisor | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-supervisor-'));
});
afterEach(async () => {
  supervisor?.stop();
  await supervisor?.done;
  await rm(folder, { recursive: true, force: true });
});

/** A stand-in for a worker: shows its liveness as the real one does, in the folder it is given. */
async function start(count: number, loadingMs = 0): Promise<void> {
  const main = join(folder, 'main.ts');
  const liveness = new URL('../../../worker/liveness.ts', import.meta.url).href;
  await writeFile(
    main,
    `import { showLiveness } from '${liveness}';
     const shown = await showLiveness(process.env.WORKERS);
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${loadingMs});
     await shown.ready();
     process.on('message', (message) => process.send(message === 'drain' ? 'drained' : message));
     process.once('SIGTERM', () => void shown.stop().then(() => process.disconnect()));`,
  );
  const logger = pino({ level: 'silent' });
  supervisor = supervise({ main, count, workersFolder: folder, env: { WORKERS: folder }, logger });
}

const ready = async () =>
  (await readdir(folder)).filter((name) => name.endsWith('.ready')).map((name) => Number.parseInt(name, 10));

async function readyOtherThan(gone: readonly number[], count: number): Promise<number[]> {
  for (const until = Date.now() + 15_000; Date.now() < until;) {
    const pids = (await ready()).filter((pid) => !gone.includes(pid));
    if (pids.length >= count) return pids;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no workers within 15 s');
}

const exists = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the sign of life of a worker', () => {
  it('is old when no new one has come for long, whatever the clock was set to meanwhile', async () => {
    const file = join(folder, '7.alive');
    const pulse = new Pulse(folder);
    const at = async (seconds: number) => {
      await utimes(file, seconds, seconds);
      return pulse.silenceOf(7);
    };
    expect(await pulse.silenceOf(7)).toBeUndefined();
    await writeFile(file, '');
    expect(await at(1_000_000)).toBe(0);
    await delay(50);
    const silent = await at(1_000_000);
    expect(silent).toBeGreaterThanOrEqual(45);
    expect(silent).toBeLessThan(5_000);
    // An hour on, and two hours back.
    expect(await at(1_003_600)).toBe(0);
    expect(await at(996_400)).toBe(0);
  });
});

describe('the supervisor', () => {
  it('leaves a worker alone that takes long to load its code', async () => {
    await start(1, 6_000);
    const alive = async () => (await readdir(folder)).find((name) => name.endsWith('.alive'));
    for (const until = Date.now() + 5_000; Date.now() < until && !(await alive());) await delay(20);
    const first = Number.parseInt((await alive()) ?? '', 10);
    expect(await readyOtherThan([], 1)).toEqual([first]);
  });

  it('starts a worker again that was killed', async () => {
    await start(2);
    const before = await readyOtherThan([], 2);
    const [victim = 0, other = 0] = before;
    process.kill(victim, 'SIGKILL');
    await readyOtherThan(before, 1);
    expect(exists(victim)).toBe(false);
    expect(exists(other)).toBe(true);
  }, 30_000);

  it('kills a frozen worker and starts another', async () => {
    await start(1);
    const [frozen = 0] = await readyOtherThan([], 1);
    process.kill(frozen, 'SIGSTOP');
    const [successor] = await readyOtherThan([frozen], 1);
    expect(exists(frozen)).toBe(false);
    expect(successor).not.toBe(frozen);
  }, 30_000);

  it('knows when all workers are done with the host, and keeps them until it is stopped', async () => {
    await start(2);
    expect(supervisor?.isReady()).toBe(false);
    const pids = await readyOtherThan([], 2);
    expect(supervisor?.isReady()).toBe(true);
    await supervisor?.drain();
    expect(pids.every(exists)).toBe(true);
    const [victim = 0] = pids;
    process.kill(victim, 'SIGKILL');
    await readyOtherThan(pids, 1);
    // The one that was started again is told too.
    await supervisor?.drain();
    expect(supervisor?.isReady()).toBe(true);
  }, 30_000);

  it('ends all workers when it is stopped, and leaves no sign of life behind', async () => {
    await start(2);
    const pids = await readyOtherThan([], 2);
    supervisor?.stop();
    await supervisor?.done;
    expect(pids.some(exists)).toBe(false);
    expect(await readdir(folder)).toEqual(['main.ts']);
  }, 30_000);
});

import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimLane, closeFence, type Claim } from '../../../activities/support/fence.ts';
import { createRunner } from '../../../activities/support/run-command.ts';

const REPEAT_WRITE = 'while :; do echo x >> "$1"; sleep 0.02; done';

let root: string;
let environmentId: string;
let workers: ChildProcess[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cci-fence-'));
  environmentId = randomUUID();
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await closeFence({ environmentId, folder: join(root, 'fence') });
  await rm(root, { recursive: true, force: true });
});

const claim = (token: number, lane?: string) =>
  claimLane({ environmentId, folder: join(root, 'fence'), token, ...(lane ? { lane } : {}) });

function runner(claimed: Claim, signal = new AbortController().signal) {
  return createRunner({
    scratch: join(root, 'scratch'),
    redact: (text) => text,
    log: () => undefined,
    signal,
    claim: claimed,
  });
}

/** Starts a command and leaves it to its fate: what becomes of it is seen in the files it writes. */
function start(claimed: Claim, argv: readonly [string, ...string[]]): Promise<unknown> {
  return runner(claimed)(argv, { timeoutMs: 30_000 }).then(
    () => 'ended',
    (error: unknown) => error,
  );
}

const size = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).length;

async function expectSilence(path: string): Promise<void> {
  const before = await size(path);
  await delay(150);
  expect(await size(path)).toBe(before);
}

describe('claiming a lane', () => {
  it('kills what the older attempt left running, grandchildren in their own session included', async () => {
    const [own, grandchild] = [join(root, 'own'), join(root, 'grandchild')];
    const first = await claim(1);
    const ending = start(first, [
      'sh',
      '-c',
      `(setsid sh -c '${REPEAT_WRITE}' sh "$2") & ${REPEAT_WRITE}`,
      'sh',
      own,
      grandchild,
    ]);
    await vi.waitFor(async () => expect((await size(own)) * (await size(grandchild))).toBeGreaterThan(0));

    const second = await claim(2);

    expect(second.killed).toBeGreaterThanOrEqual(2);
    await expectSilence(own);
    await expectSilence(grandchild);
    expect(await ending).toMatchObject({ code: 'E_FENCED' });
  });

  it('refuses an attempt that is older than the holder, and leaves the holder alone', async () => {
    const holder = await claim(20);
    await expect(claim(10)).rejects.toMatchObject({ code: 'E_FENCED' });
    expect(holder.superseded()).toBe(false);
    expect((await claim(20)).generation).toBe(holder.generation + 1);
  });

  it('gives every one of many simultaneous claims its own generation', async () => {
    const claims = await Promise.all(Array.from({ length: 12 }, () => claim(5)));
    const generations = claims.map((one) => one.generation).sort((a, b) => a - b);
    expect(generations).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(claims.filter((one) => !one.superseded())).toHaveLength(1);
  });

  it('leaves other lanes and other environments running', async () => {
    const [otherLane, otherEnvironment] = [join(root, 'lane'), join(root, 'environment')];
    const elsewhere = await claimLane({
      environmentId: randomUUID(),
      folder: join(root, 'fence2'),
      token: 1,
    });
    const running = [
      start(await claim(1, 'images'), ['sh', '-c', REPEAT_WRITE, 'sh', otherLane]),
      start(elsewhere, ['sh', '-c', REPEAT_WRITE, 'sh', otherEnvironment]),
    ];
    await vi.waitFor(async () =>
      expect((await size(otherLane)) * (await size(otherEnvironment))).toBeGreaterThan(0),
    );

    await claim(2);
    await claim(3);

    const before = [await size(otherLane), await size(otherEnvironment)];
    await delay(150);
    expect(await size(otherLane)).toBeGreaterThan(before[0] ?? 0);
    expect(await size(otherEnvironment)).toBeGreaterThan(before[1] ?? 0);
    await closeFence({ environmentId, folder: join(root, 'fence') });
    await closeFence({
      environmentId: elsewhere.marks['CCI_ENV'] ?? '',
      folder: join(root, 'fence2'),
    });
    await Promise.all(running);
  });
});

describe('a superseded attempt', () => {
  it('does not start another command', async () => {
    const target = join(root, 'target');
    const first = await claim(1);
    await claim(2);
    await expect(runner(first)(['touch', target], { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'E_FENCED',
    });
    expect(existsSync(target)).toBe(false);
  });

  it('does not become the command when it was frozen before it looked at the fence', async () => {
    const target = join(root, 'target');
    const first = await claim(1);
    // The fence advances after the runner's own look: the child alone stands between the attempt and the change.
    const blind = { ...first, superseded: () => false };
    await writeFile(first.barriers[0] ?? '', '{"token":2,"at":""}');
    await expect(runner(blind)(['touch', target], { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'E_COMMAND',
    });
    expect(existsSync(target)).toBe(false);
  });

  it('does nothing more when its worker is frozen during a command and wakes after the takeover', async () => {
    const target = join(root, 'target');
    const first = await claim(1);
    const worker = spawnWorker(first, target);
    await vi.waitFor(async () => expect(await size(target)).toBeGreaterThan(2), { timeout: 5000 });
    worker.kill('SIGSTOP');

    const second = await claim(2);
    expect(second.killed).toBeGreaterThan(0);
    const left = await size(target);
    worker.kill('SIGCONT');

    const said = await lastWords(worker);
    expect(said).toContain('E_FENCED');
    expect(await size(target)).toBe(left);
  });
});

describe('closing the fence', () => {
  it('ends every lane for good and lets only the guard go on [R-46]', async () => {
    const target = join(root, 'target');
    const main = await claim(1);
    const side = await claim(1, 'images');
    const running = [main, side].map((one) => start(one, ['sh', '-c', REPEAT_WRITE, 'sh', target]));
    await vi.waitFor(async () => expect(await size(target)).toBeGreaterThan(2));
    const guard = await claim(1, 'guard');

    expect(await closeFence({ environmentId, folder: join(root, 'fence') })).toBeGreaterThanOrEqual(2);

    await expectSilence(target);
    for (const ended of await Promise.all(running)) expect(ended).toMatchObject({ code: 'E_FENCED' });
    await expect(claim(99)).rejects.toMatchObject({ code: 'E_FENCED' });
    await expect(runner(guard)(['true'], { timeoutMs: 5000 })).resolves.toMatchObject({ exitCode: 0 });
    expect(await closeFence({ environmentId, folder: join(root, 'fence') })).toBe(0);
  });
});

/** A process of its own that runs short commands one after the other on a claim, as a worker does. */
function spawnWorker(claimed: Claim, target: string): ChildProcess {
  const worker = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../../fixtures/fenced-worker.ts'),
      JSON.stringify({ ...claimed, scratch: join(root, 'scratch'), target }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  workers.push(worker);
  return worker;
}

async function lastWords(worker: ChildProcess): Promise<string> {
  let said = '';
  worker.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => worker.once('close', resolve));
  return said;
}

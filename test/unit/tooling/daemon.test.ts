import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Identity {
  readonly pid: number;
  readonly start: string;
}
/** What these functions read of it. */
interface Context {
  readonly root: string;
  readonly paths: { readonly pids: string; readonly logs: string };
}
interface Spec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
  readonly identity: string;
  readonly succeeds: boolean;
  readonly readyMs: number;
  readonly graceMs: number;
  readonly ready: () => boolean;
}

/** Setup is plain JavaScript without types, so what a test uses of it is declared here. */
async function load<T>(path: string): Promise<T> {
  return (await import(join(import.meta.dirname, '../../../setup/lib', path))) as T;
}
const { daemonIdentity, ensureDaemon, stopDaemon } = await load<{
  daemonIdentity: (ctx: Context, name: string) => Identity | undefined;
  ensureDaemon: (ctx: Context, spec: Spec) => Promise<string>;
  stopDaemon: (ctx: Context, name: string, graceMs: number) => Promise<boolean>;
}>('daemon.mjs');
const { endProcesses, isAlive } = await load<{
  endProcesses: (identities: readonly Identity[], options: { graceMs: number }) => Promise<void>;
  isAlive: (identity: Identity | undefined) => boolean;
}>('processes.mjs');

let root: string;
let ctx: Context;
const started: Identity[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cc-ci-daemon-'));
  const paths = { pids: join(root, 'pids'), logs: join(root, 'logs') };
  for (const path of Object.values(paths)) mkdirSync(path);
  ctx = { root, paths };
});
afterEach(async () => {
  await endProcesses(started.splice(0), { graceMs: 0 });
  rmSync(root, { recursive: true });
});

/** A daemon whose code is `identity`; it says when it has started. */
async function ensure(identity: string, script = `echo up ${identity}; exec sleep 600`): Promise<string> {
  const outcome = await ensureDaemon(ctx, {
    name: 'worker',
    argv: ['/bin/sh', '-c', script],
    env: {},
    identity,
    succeeds: true,
    readyMs: 5_000,
    graceMs: 0,
    ready: () => readFileSync(join(ctx.paths.logs, 'worker.log'), 'utf8').includes(`up ${identity}`),
  });
  const now = daemonIdentity(ctx, 'worker');
  if (now) started.push(now);
  return outcome;
}

describe('a service that can have a successor', () => {
  it('is left alone when its code is the same', async () => {
    expect(await ensure('a')).toBe('started');
    expect(await ensure('a')).toBe('running');
    expect(started[1]).toEqual(started[0]);
  });

  it('goes on beside the new one, whose turn it is from now on', async () => {
    await ensure('a');
    expect(await ensure('b')).toBe('started');
    const [older, newer] = started;
    expect(isAlive(older)).toBe(true);
    expect(newer?.pid).not.toBe(older?.pid);
    await stopDaemon(ctx, 'worker', 0);
    expect(isAlive(newer)).toBe(false);
    expect(isAlive(older)).toBe(true);
  });

  it('stays in office when the new one does not start [O-34]', async () => {
    await ensure('a');
    await expect(ensure('b', 'exit 3')).rejects.toThrow(/ended after its start/);
    expect(daemonIdentity(ctx, 'worker')).toMatchObject({ pid: started[0]?.pid });
    expect(isAlive(started[0])).toBe(true);
  });
});

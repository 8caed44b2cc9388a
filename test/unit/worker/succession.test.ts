import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../worker/free-port.ts';
import { Succession } from '../../../worker/succession.ts';
import { WorkCounter } from '../../../worker/work-counter.ts';

let folder: string;
const others: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-succession-'));
});
afterEach(async () => {
  for (const other of others.splice(0)) other.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Another supervisor: ends with 7 when it is retired. Resolves with what it prints once it has entered. */
async function other(then = ''): Promise<{ child: ChildProcess; printed: string }> {
  const module = new URL('../../../worker/succession.ts', import.meta.url).href;
  const program = `import { Succession } from '${module}';
    const succession = new Succession(process.argv[1]);
    process.once('SIGUSR2', () => process.exit(7));
    setInterval(() => undefined, 1000);
    await succession.enter();
    ${then}
    console.log('entered');`;
  const argv = ['--input-type=module-typescript', '--eval', program, folder];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  others.push(child);
  const printed = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  return { child, printed };
}

const codeOf = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

describe('the succession of supervisors', () => {
  it('retires those from before', async () => {
    const { child: first } = await other();
    const retired = codeOf(first);
    const { printed } = await other('console.log(await succession.retireOthers());');
    expect(printed).toBe(`[ ${first.pid} ]`);
    expect(await retired).toBe(7);
  });

  it('leaves those alone that came later', async () => {
    const { child: later } = await other();
    const first = new Succession(folder);
    await first.enter();
    expect(await first.retireOthers()).toEqual([]);
    expect(later.exitCode).toBeNull();
  });

  it('forgets one whose process id is that of another process by now', async () => {
    const { child } = await other();
    await writeFile(join(folder, `${child.pid}.supervisor`), '1');
    expect(await new Succession(folder).retireOthers()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    expect(child.exitCode).toBeNull();
  });

  it('leaves nothing of itself behind', async () => {
    const succession = new Succession(folder);
    await succession.enter();
    await succession.serving();
    expect(await readdir(folder)).toEqual([`${process.pid}.serving`, `${process.pid}.supervisor`]);
    await succession.leave();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the work of a host that is handed over', () => {
  it('waits for the activity that runs, at most for the limit [O-36]', async () => {
    const counter = new WorkCounter();
    await expect(counter.idle(60_000)).resolves.toBeUndefined();
    const { inbound } = counter.interceptor(new MockActivityEnvironment().context);
    const { promise, resolve } = Promise.withResolvers<void>();
    const activity = inbound?.execute?.({ args: [], headers: {} }, () => promise);
    const startedMs = performance.now();
    await counter.idle(100);
    expect(performance.now() - startedMs).toBeGreaterThan(90);
    const idle = counter.idle(60_000);
    resolve();
    await activity;
    await expect(idle).resolves.toBeUndefined();
  });
});

describe('the port of a worker’s metrics', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function take(port: number): Promise<number> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  it('is the wanted one, the next one while that is taken, and else any', async () => {
    const first = await take(0);
    const next = await freePort(first, 1);
    expect(next).not.toBe(first);
    expect(await freePort(next, 1)).toBe(next);
    await take(next);
    expect([first, next]).not.toContain(await freePort(first, next - first));
  });
});

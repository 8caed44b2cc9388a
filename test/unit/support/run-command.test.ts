import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRedactor } from '../../../activities/support/redact.ts';
import { createRunner } from '../../../activities/support/run-command.ts';

const SECRET = 'hunter2-correct-horse';

let root: string;
let lines: string[];
let controller: AbortController;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cci-run-'));
  lines = [];
  controller = new AbortController();
});

afterEach(() => rm(root, { recursive: true, force: true }));

function runner() {
  return createRunner({
    scratch: join(root, 'scratch'),
    redact: createRedactor([SECRET]).redact,
    log: (line) => lines.push(line),
    signal: controller.signal,
  });
}

const size = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).length;

it('gives the child nothing but the environment named', async () => {
  process.env['CCI_TEST_INHERITED'] = 'yes';
  const { stdout } = await runner()(['/usr/bin/env'], { timeoutMs: 5000, env: { GIVEN: 'a b' } });
  delete process.env['CCI_TEST_INHERITED'];
  const names = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['CCI_COMMAND', 'GIVEN', 'PATH']);
});

it('passes arguments without any shell reading them [F-35]', async () => {
  const { stdout } = await runner()(['printf', '%s', '$(id); * "x'], { timeoutMs: 5000 });
  expect(stdout).toBe('$(id); * "x');
});

it('gives standard input to the child and closes it', async () => {
  const { stdout } = await runner()(['cat'], { timeoutMs: 5000, input: 'to be read\n' });
  expect(stdout).toBe('to be read\n');
});

it('hides secrets in the log and in the failure, and repeats neither arguments nor output in it [H-20]', async () => {
  const failing = runner()(['sh', '-c', 'echo "out $1"; echo "password is $1" >&2; exit 9', 'sh', SECRET], {
    timeoutMs: 5000,
  });
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'E_COMMAND', message: expect.stringContaining('sh ended with 9') });
  expect(String(error)).not.toContain(SECRET);
  expect(String(error)).not.toContain('out ');
  expect(lines).toEqual(['out [redacted]', 'password is [redacted]']);
});

it('bounds the result, the log and the failure of a command that writes 5 MB', async () => {
  const script =
    'i=0; while [ $i -lt 50000 ]; do echo "$i 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"; i=$((i+1)); done; head -c 5000000 /dev/zero | tr "\\0" e >&2; exit "$1"';
  const result = await runner()(['sh', '-c', script, 'sh', '0'], { timeoutMs: 30_000, maxBytes: 1000 });
  expect(result.stdout).toHaveLength(1000);
  expect(result.stdout).toMatch(/^0 /);
  expect(result.stderr).toHaveLength(1000);
  expect(lines.join('\n').length).toBeLessThan(300_000);
  expect(lines.at(-1)).toMatch(/more bytes of output are not in this log/);
  const error = await runner()(['sh', '-c', script, 'sh', '1'], { timeoutMs: 30_000 }).catch(
    (e: unknown) => e,
  );
  expect(Buffer.byteLength(String(error))).toBeLessThan(2048);
});

it('accepts the exit codes that are an answer', async () => {
  const { exitCode } = await runner()(['sh', '-c', 'exit 3'], { timeoutMs: 5000, accept: [0, 3] });
  expect(exitCode).toBe(3);
});

it('names a program that cannot be started', async () => {
  await expect(runner()(['/nowhere/tool'], { timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'E_COMMAND',
    message: expect.stringContaining('tool could not be started (ENOENT)'),
  });
});

it('stops a command whose time is up, with the grandchildren that ignore the request [F-63]', async () => {
  const target = join(root, 'target');
  const script = '(trap "" TERM; while :; do echo x >> "$1"; sleep 0.02; done) & wait';
  const started = Date.now();
  await expect(runner()(['sh', '-c', script, 'sh', target], { timeoutMs: 400 })).rejects.toMatchObject({
    code: 'E_COMMAND_TIMEOUT',
  });
  expect(Date.now() - started).toBeLessThan(5000);
  const left = await size(target);
  expect(left).toBeGreaterThan(0);
  await delay(100);
  expect(await size(target)).toBe(left);
});

it('ends the whole group when it is aborted, and rejects with the reason of the abort', async () => {
  const target = join(root, 'target');
  const script = '(while :; do echo x >> "$1"; sleep 0.02; done) & (setsid sleep 987) & wait';
  const running = runner()(['sh', '-c', script, 'sh', target], { timeoutMs: 30_000 });
  const outcome = running.catch((error: unknown) => error);
  await vi.waitFor(async () => expect(await size(target)).toBeGreaterThan(0));
  const reason = new Error('cancelled by the server');
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  const left = await size(target);
  await delay(100);
  expect(await size(target)).toBe(left);
  await expect(runner()(['true'], { timeoutMs: 5000 })).rejects.toBe(reason);
});

it('leaves no file behind and logs lines while the command runs', async () => {
  const running = runner()(['sh', '-c', 'echo first; sleep 0.6; echo second'], { timeoutMs: 5000 });
  await vi.waitFor(() => expect(lines).toEqual(['first']), { timeout: 500, interval: 20 });
  await running;
  expect(lines).toEqual(['first', 'second']);
  expect(await readdir(join(root, 'scratch'))).toEqual([]);
});

it('keeps quiet output out of the log', async () => {
  const { stdout } = await runner()(['sh', '-c', 'echo data; echo talk >&2'], {
    timeoutMs: 5000,
    quiet: true,
  });
  expect(stdout).toBe('data\n');
  expect(lines).toEqual(['talk']);
});

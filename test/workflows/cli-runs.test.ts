import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toJunit } from '../../domain/junit.ts';
import { resultsSchema } from '../../domain/results.ts';
import { runIdOf, startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

/** Visibility lags, and every look is a process. */
const PATIENT = { timeout: 20_000 };
const INSTALL = ['run', 'sample', '--stages', 'install'] as const;

describe('runs on the command line', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(async () => {
    await stack.close();
  });

  async function runWithLogs() {
    const run = stack.cli(...INSTALL);
    const runId = await runIdOf(run);
    const folder = join(stack.folder, 'data', 'runs', runId, 'logs');
    mkdirSync(folder, { recursive: true });
    return { run, runId, folder };
  }
  const terminate = (runId: string) =>
    stack.environment.client.workflow.getHandle(runId).terminate('by the test');

  it('ends with one line of fields that other programs can find', async () => {
    await stack.serve(new FakeHost(), async () => {
      const { stderr } = await stack.cli(...INSTALL).done;
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
        /^cc-ci: recipe=sample ref=main verdict=passed level= code= duration=\d+s run=run-sample-[0-9a-f]{12}-[0-9a-f]{6}$/,
      );
    });
  });

  it('writes the results of a red run for JUnit, in place of what the file held', async () => {
    const file = join(stack.folder, 'red.xml');
    writeFileSync(file, 'of an earlier run');
    await stack.serve(new FakeHost({ data: { broken: { assertInstalled: '' } } }), async () => {
      const { code, stdout } = await stack.cli(...INSTALL, '--json', '--junit', file).done;
      expect(code).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe(toJunit(resultsSchema.parse(JSON.parse(stdout))));
      expect(readFileSync(file, 'utf8')).toContain('<failure ');
    });
    expect(readdirSync(stack.folder).filter((name) => name.startsWith('red.xml'))).toEqual(['red.xml']);
  });

  it('writes a JUnit file for a run that was closed before it had any results', async () => {
    const file = join(stack.folder, 'forced.xml');
    const cli = stack.cli(...INSTALL, '--junit', file);
    const [, runId = ''] = /started (run-\S+)/.exec(await cli.said('no worker answers')) ?? [];
    await terminate(runId);
    expect((await cli.done).code).toBe(5);
    expect(readFileSync(file, 'utf8')).toContain('type="E_TERMINATED"');
  });

  it('lists open runs, and closed ones that left no results, by verdict and recipe', async () => {
    const list = async (...args: string[]) => {
      const { stdout, stderr } = await stack.cli('list', '--json', ...args).done;
      expect(stderr).toBe('');
      return (JSON.parse(stdout) as { runs: Record<string, unknown>[] }).runs;
    };
    await stack.serve(new FakeHost({ deployMs: 60_000 }), async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install', '--base', 'v1');
      const runId = await runIdOf(cli);
      const own = (runs: Record<string, unknown>[]) => runs.filter((run) => run['runId'] === runId);
      await expect
        .poll(() => list().then(own), PATIENT)
        .toMatchObject([{ status: 'open', recipe: 'sample' }]);
      expect(own(await list('--verdict', 'red,cancelled,passed'))).toEqual([]);
      await terminate(runId);
      await cli.done;
      await expect
        .poll(() => list('--verdict', 'cancelled').then(own), PATIENT)
        .toMatchObject([{ status: 'closed' }]);
      expect(own(await list('--recipe', 'other'))).toEqual([]);
      expect(own(await list('--until', '1d'))).toEqual([]);
    });
  });

  it('follows the logs of a run until it is closed', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const { run, runId, folder } = await runWithLogs();
      const log = join(folder, 'install.log');
      appendFileSync(log, '2026-11-01T10:00:00.000Z one\n');
      const logs = stack.cli('logs', runId, '--follow', '--stage', 'install');
      await logs.printed('one');
      appendFileSync(log, '2026-11-01T10:00:01.000Z two\nthr');
      await logs.printed('two');
      appendFileSync(log, 'ee');
      await stack.cli('cancel', runId).done;
      expect(await logs.done).toEqual({
        code: 0,
        stdout: '2026-11-01T10:00:00.000Z one\n2026-11-01T10:00:01.000Z two\nthree\n',
        stderr: '',
      });
      await run.done;
    });
  });

  it('stops to follow logs on Ctrl-C, and the run goes on', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const { run, runId, folder } = await runWithLogs();
      appendFileSync(join(folder, 'images.log'), 'pulled\n');
      const logs = stack.cli('logs', '--follow');
      await logs.printed('images   | pulled');
      logs.interrupt();
      expect((await logs.done).code).toBe(130);
      const { status } = await stack.environment.client.workflow.getHandle(runId).describe();
      expect(status.name).toBe('RUNNING');
      const cancelled = await stack.cli('cancel', runId, '--json').done;
      expect(JSON.parse(cancelled.stdout)).toEqual({ runId, outcome: 'accepted' });
      await run.done;
    });
  });
});

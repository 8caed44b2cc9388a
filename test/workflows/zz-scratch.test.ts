import { execFile, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';
describe('scratch', () => {
  let stack: CliStack;
  beforeAll(async () => { stack = await startCliStack(); });
  afterAll(async () => { await stack.close(); });
  const idOf = async (cli: ReturnType<CliStack['cli']>, text = 'started run-') => /(?:started|joined) (run-\S+)/.exec(await cli.said(text))?.[1] ?? '';
  it('delete', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install', '--json');
      const id = await idOf(cli, 'install: running');
      await stack.environment.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId: id } });
      const o = await cli.done; console.log(o.code, o.stderr, o.stdout.slice(0, 600));
    });
  });
  it('no worker, terminated before it began', async () => {
    const cli = stack.cli('run', 'sample', '--stages', 'install', '--json');
    const id = await idOf(cli);
    await cli.said('no worker answers');
    await stack.environment.client.workflow.getHandle(id).terminate('x');
    const o = await cli.done; console.log(o.code, o.stderr, o.stdout.slice(0, 800));
  });
  it('no worker: cancel is recorded', async () => {
    const cli = stack.cli('run', 'sample', '--stages', 'install', '--detach', '--json');
    const id = await idOf(cli); const d = await cli.done; console.log(d);
    const c = await stack.cli('cancel', id).done; console.log(c);
    await stack.serve(new FakeHost(), async () => {
      console.log((await stack.environment.client.workflow.getHandle(id).result() as any).verdict);
      console.log((await stack.cli('status', id).done));
      console.log((await stack.cli('status').done));
      console.log((await stack.cli('status', 'run-nope').done));
    });
  });
  it('reset while followed', async () => {
    const host = new FakeHost({ deployMs: 4_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install', '--json');
      const id = await idOf(cli, 'install: running');
      await stack.environment.client.workflowService.resetWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId: id }, workflowTaskFinishEventId: 4, requestId: 'r1', reason: 'x' } as any);
      const o = await cli.done; console.log('RESET', o.code, o.stderr, o.stdout.slice(0, 200), host.left());
    });
  });
  it('tty', async () => {
    await stack.serve(new FakeHost({ deployMs: 2500 }), async () => {
      const out = await new Promise<string>((resolve) => execFile('script', ['-qec', `${process.execPath} bin/cc-ci run sample --stages install`, '/dev/null'], { env: { PATH: process.env['PATH']!, TERM: 'xterm', ...stack.variables } }, (_e, so) => resolve(so)));
      console.log(JSON.stringify(out).slice(0, 3000));
    });
  });
});

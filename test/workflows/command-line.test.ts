import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsSchema } from '../../domain/results.ts';
import { runIdOf, startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

describe('the command line', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(async () => {
    await stack.close();
  });

  it('runs a recipe, shows its stages and exits by the verdict with one JSON document', async () => {
    await stack.serve(new FakeHost(), async () => {
      const outcome = await stack.cli('run', 'sample', '--stages', 'install', '--json').done;
      expect(outcome.stderr).toContain('install: pass');
      const results = resultsSchema.parse(JSON.parse(outcome.stdout));
      expect(results).toMatchObject({ verdict: 'passed', recipe: 'sample', ref: 'main', head: stack.head });
      expect(outcome.code).toBe(0);
    });
  });

  it('exits with 1 and says cause and remedy when the recipe fails', async () => {
    await stack.serve(new FakeHost({ data: { broken: { assertInstalled: '' } } }), async () => {
      const outcome = await stack.cli('run', 'sample', '--stages', 'install').done;
      expect(outcome.code).toBe(1);
      expect(outcome.stdout).toBe('');
      expect(outcome.stderr).toMatch(
        /failed.*E_ASSERTION install: answers over the public hostname: not so \(/,
      );
    });
  });

  it('joins the run that is under way instead of starting a second one', async () => {
    const host = new FakeHost({ deployMs: 4_000 });
    await stack.serve(host, async () => {
      const first = stack.cli('run', 'sample', '--stages', 'install');
      await first.said('install: running');
      const second = stack.cli('run', 'sample', '--stages', 'install');
      await second.said('joined run-sample-');
      expect((await Promise.all([first.done, second.done])).map(({ code }) => code)).toEqual([0, 0]);
      expect(host.journal.filter((line) => line.startsWith('deploy'))).toHaveLength(1);
    });
  });

  it('follows a terminated run to the removal by its guard and exits as cancelled [R-46]', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install', '--json');
      await stack.environment.client.workflow.getHandle(await runIdOf(cli)).terminate('by the test');
      const outcome = await cli.done;
      expect(resultsSchema.parse(JSON.parse(outcome.stdout))).toMatchObject({
        verdict: 'cancelled',
        code: 'E_TERMINATED',
      });
      expect(outcome.code).toBe(5);
      expect(host.left()).toEqual([]);
    });
  });

  it('follows a deleted run to the removal by its guard', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install');
      const { workflowService } = stack.environment.client;
      await workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: await runIdOf(cli) },
      });
      const outcome = await cli.done;
      expect([outcome.code, outcome.stderr]).toEqual([5, expect.stringContaining('the run was deleted')]);
      expect(host.left()).toEqual([]);
    });
  });

  it('says that no worker answers, and ends when the run is terminated before one does', async () => {
    const cli = stack.cli('run', 'sample', '--stages', 'install', '--json');
    const [, runId = ''] = /started (run-\S+)/.exec(await cli.said('no worker answers')) ?? [];
    await stack.environment.client.workflow.getHandle(runId).terminate('by the test');
    const outcome = await cli.done;
    expect(resultsSchema.parse(JSON.parse(outcome.stdout))).toMatchObject({
      verdict: 'cancelled',
      reason: 'the run was terminated; it had no environment yet',
    });
    expect(outcome.code).toBe(5);
  });

  it('records a request to cancel that no worker answers', async () => {
    const started = await stack.cli('run', 'sample', '--stages', 'install', '--detach', '--json').done;
    const { runId } = JSON.parse(started.stdout) as { runId: string };
    const cancelled = await stack.cli('cancel', runId).done;
    expect([cancelled.code, cancelled.stderr]).toEqual([0, expect.stringContaining('No worker answers')]);
    const host = new FakeHost();
    await stack.serve(host, async () => {
      const results: unknown = await stack.environment.client.workflow.getHandle(runId).result();
      expect(results).toMatchObject({ verdict: 'cancelled' });
    });
    expect(host.journal.filter((line) => line.startsWith('deploy'))).toEqual([]);
  });

  it('cancels on the first Ctrl-C when told so, and waits for the removal', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install', '--on-interrupt', 'cancel');
      await cli.said('install: running');
      cli.interrupt();
      const outcome = await cli.done;
      expect(outcome.code).toBe(5);
      expect(outcome.stderr).toContain('cancelled');
      expect(host.left()).toEqual([]);
    });
  });

  it('detaches on Ctrl-C by default, says how to go on, and `cancel` ends the run', async () => {
    const host = new FakeHost({ deployMs: 60_000 });
    await stack.serve(host, async () => {
      const cli = stack.cli('run', 'sample', '--stages', 'install');
      const runId = await runIdOf(cli);
      cli.interrupt();
      const outcome = await cli.done;
      expect(outcome.code).toBe(130);
      expect(outcome.stderr).toContain(`cc-ci cancel ${runId}`);

      const status = await stack.cli('status', runId, '--json').done;
      expect(JSON.parse(status.stdout)).toMatchObject({ runId, progress: { phase: 'stages' } });
      expect((await stack.cli('cancel', runId).done).code).toBe(0);
      const { client } = stack.environment;
      expect(await client.workflow.getHandle(runId).result()).toMatchObject({ verdict: 'cancelled' });
      expect(host.left()).toEqual([]);
      const late = await stack.cli('cancel', runId).done;
      expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/^cc-ci: there is no open run/)]);
    });
  });

  it('lists runs and the inventory', async () => {
    await stack.serve(new FakeHost(), async () => {
      await stack.cli('run', 'sample', '--stages', 'install').done;
      const status = await stack.cli('status', '--json').done;
      const { runs } = JSON.parse(status.stdout) as { runs: Record<string, unknown>[] };
      expect(runs[0]).toMatchObject({ recipe: 'sample', status: 'completed', verdict: 'passed' });
      const inventory = await stack.cli('inventory', '--json').done;
      expect([inventory.code, JSON.parse(inventory.stdout)]).toEqual([0, { items: [] }]);
    });
  });

  it('stores no plain text of a run in the history [R-64]', async () => {
    const host = new FakeHost({ data: { broken: { assertInstalled: '' } }, deployFails: 'E_CRASH_LOOP' });
    await stack.serve(host, async () => {
      const outcome = await stack.cli('run', 'sample', '--stages', 'install').done;
      expect(outcome.code).toBe(1);
      const { client } = stack.environment;
      const [, runId = ''] = /started (run-\S+)/.exec(outcome.stderr) ?? [];
      const { events } = await client.workflow.getHandle(runId).fetchHistory();
      const text = JSON.stringify(events, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      );
      expect(text.length).toBeGreaterThan(1_000);
      expect(text).not.toContain('as scripted');
      expect(text).not.toContain(join(stack.folder, 'sample'));
    });
  });
});

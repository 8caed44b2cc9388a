import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsSchema } from '../../domain/results.ts';
import { runIdOf, startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

describe('holding on the command line', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(() => stack.close());

  const run = (...more: string[]) => stack.cli('run', 'sample', '--stages', 'install', ...more);

  it('ends with the verdict, lengthens on request, and removes on release', async () => {
    const host = new FakeHost();
    await stack.serve(host, async () => {
      const outcome = await run('--hold', '30m', '--json').done;
      expect(outcome.code).toBe(0);
      const { runId, domain, verdict, teardown } = resultsSchema.parse(JSON.parse(outcome.stdout));
      expect([verdict, teardown]).toEqual(['passed', undefined]);
      expect(outcome.stderr).toContain(`https://${domain ?? ''} is held until`);
      expect(outcome.stderr).toContain(`cc-ci release ${runId}`);
      expect(host.left()).toHaveLength(2);

      const longer = await stack.cli('hold', runId, '--for', '1h30m', '--json').done;
      const { until } = JSON.parse(longer.stdout) as { until: string };
      expect(Date.parse(until) - Date.now()).toBeGreaterThan(85 * 60_000);
      const status = await stack.cli('status', runId, '--json').done;
      expect(JSON.parse(status.stdout)).toMatchObject({
        progress: { phase: 'held', verdict: 'passed', hold: { until } },
      });
      const joined = await run('--hold', '1h').done;
      expect([joined.code, joined.stderr]).toEqual([0, expect.stringContaining(`joined ${runId}`)]);
      const tooLong = await stack.cli('hold', runId, '--for', '4h').done;
      expect([tooLong.code, tooLong.stderr]).toEqual([
        2,
        expect.stringMatching(
          /^cc-ci: run-sample-.* cannot be held: an environment is held for 1 minute to 4 hours in all/,
        ),
      ]);

      const released = await stack.cli('release', runId, '--json').done;
      expect([released.code, JSON.parse(released.stdout)]).toEqual([0, { runId, released: true }]);
      const { client } = stack.environment;
      expect(await client.workflow.getHandle(runId).result()).toMatchObject({
        verdict: 'passed',
        teardown: { cause: 'released', left: [] },
      });
      expect(host.left()).toEqual([]);
      for (const verb of [
        ['release', runId],
        ['hold', runId, '--for', '1m'],
      ]) {
        const late = await stack.cli(...verb).done;
        expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/^cc-ci: there is no open run/)]);
      }
    });
  });

  it('exits with the code of a red verdict while its environment is held', async () => {
    const host = new FakeHost({ data: { broken: { assertInstalled: '' } } });
    await stack.serve(host, async () => {
      const outcome = await run('--hold', '1m').done;
      expect(outcome.code).toBe(1);
      const [, runId = ''] = /started (run-\S+)/.exec(outcome.stderr) ?? [];
      expect(host.left()).toHaveLength(2);
      expect((await stack.cli('release', runId).done).stderr).toMatch(/is released/);
      await stack.environment.client.workflow.getHandle(runId).result();
    });
  });

  it('holds a run that still works, and does not release what is not held', async () => {
    let deployed = false;
    const host = new FakeHost({ deployed: () => deployed });
    await stack.serve(host, async () => {
      const following = run();
      const runId = await runIdOf(following);
      const early = await stack.cli('release', runId).done;
      expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('its environment is not held')]);
      const held = await stack.cli('hold', runId, '--for', '2m', '--json').done;
      expect(JSON.parse(held.stdout)).toEqual({ runId, until: null });
      deployed = true;
      const outcome = await following.done;
      expect([outcome.code, outcome.stderr]).toEqual([0, expect.stringContaining('is held until')]);
      expect((await stack.cli('release', runId).done).code).toBe(0);
      await stack.environment.client.workflow.getHandle(runId).result();
    });
  });

  it.each(['5x', '30', '59m60', '0m', '5h', '', '-1h'])(
    'refuses --hold "%s" in one line, starting nothing',
    async (text) => {
      const outcome = await run(`--hold=${text}`).done;
      expect([outcome.code, outcome.stderr]).toEqual([
        2,
        `cc-ci: an environment cannot be held for "${text}". Give 1m to 4h, such as 30m, 2h or 1h30m\n`,
      ]);
    },
  );

  it.each(['hold', 'release'])('explains %s with an example', async (verb) => {
    const help = await stack.cli(verb, '--help').done;
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining(`cc-ci ${verb} run-ghost-`)]);
  });
});

import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { janitorReportSchema } from '../../domain/janitor.ts';
import { janitorId } from '../../domain/queues.ts';
import { ensureJanitorSchedule, keepJanitorScheduled } from '../../worker/janitor-schedule.ts';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost, type HostScript } from './fake-host.ts';

const RUN = 'run-sample-3f2a9c1d0b4e-1a2b3c';
const INSTALLATION = { host: 'cli-test', instance: '0a1b2c3d', zone: 'ci.test' };

let stack: CliStack;
beforeAll(async () => {
  stack = await startCliStack();
  await stack.environment.client.workflow.start('hostPool', {
    workflowId: 'host-pool-cli-test',
    taskQueue: 'cc-ci',
    args: [{ host: 'cli-test' }],
  });
});
afterAll(() => stack.close());

function planted(count: number, script: HostScript = {}): FakeHost {
  const host = new FakeHost(script);
  for (let made = 0; made < count; made += 1) host.plant(randomUUID(), RUN);
  return host;
}

const reclaim = ['janitor', '--reclaim', '--confirm-after', '10s'];

describe('the janitor on the command line', () => {
  it('says that everything has an owner where nothing is', async () => {
    await stack.serve(new FakeHost(), async () => {
      const { code, stdout } = await stack.cli('janitor').done;
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^Nothing of this installation is on the host\.\nSchedule janitor-cli-test/),
      ]);
    });
  });

  it('shows an orphan with the reason, and removes nothing unless it is asked to', async () => {
    const strangers = [{ kind: 'volume' as const, name: 'cust-0a1b2c_ci_test_data' }];
    const host = planted(1, { strangers });
    const [id = ''] = host.existing.keys();
    await stack.serve(host, async () => {
      const text = await stack.cli('janitor').done;
      expect(text.code).toBe(1);
      expect(text.stdout).toContain(`orphan    environment ${id} of ${RUN}\n`);
      expect(text.stdout).toContain('1 service: run gone, guard gone\n');
      expect(text.stdout).toMatch(/never removed:\n {2}volume {5}cust-0a1b2c_ci_test_data\n/);
      expect(text.stdout).toContain('1 orphan; `cc-ci janitor --reclaim` has orphans removed.');
      const json = await stack.cli('janitor', '--json').done;
      expect(json.code).toBe(1);
      expect(janitorReportSchema.parse(JSON.parse(json.stdout))).toMatchObject({
        looks: 1,
        environments: [{ environmentId: id, fate: 'orphan' }],
        strangers,
      });
      expect(host.left()).toHaveLength(1);
    });
  });

  it('looks twice, says so, and has the orphan removed', async () => {
    const host = planted(1);
    await stack.serve(host, async () => {
      const { code, stdout, stderr } = await stack.cli(...reclaim, '--json').done;
      expect([code, JSON.parse(stdout)]).toMatchObject([
        0,
        { looks: 2, environments: [{ fate: 'reclaimed', removed: 1 }] },
      ]);
      expect(stderr).toMatch(/1 without an owner; looking again in [\d.]+ s/);
      expect(host.left()).toEqual([]);
    });
  });

  it('ends with 3 on an alarm and with 4 on what is left', async () => {
    const many = planted(6);
    await stack.serve(many, async () => {
      const { code, stdout } = await stack.cli(...reclaim).done;
      expect([code, stdout]).toEqual([3, expect.stringMatching(/E_JANITOR_LIMIT: .*Nothing was removed/)]);
      expect(many.left()).toHaveLength(6);
    });
    const sticky = planted(1, { leakyPasses: 3 });
    await stack.serve(sticky, async () => {
      const { code, stdout } = await stack.cli(...reclaim).done;
      expect([code, stdout]).toEqual([4, expect.stringMatching(/left: service /)]);
    });
  });

  it.each([
    [['--confirm-after', '5s', '--reclaim'], /^cc-ci: .*10s to 1h/],
    [['--at-most', '0', '--reclaim'], /^cc-ci: .*number from 1 to 9999/],
    [['--at-most', '9'], /^cc-ci: .*Add --reclaim/],
  ])('refuses %j in one line', async (words, line) => {
    const { code, stderr } = await stack.cli('janitor', ...words).done;
    expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says in one line that no worker is there', async () => {
    const { code, stderr } = await stack.cli('janitor').done;
    expect([code, stderr]).toEqual([
      3,
      'cc-ci: no worker of host cli-test answered in time. Start one with `npm run up`\n',
    ]);
  }, 90_000);
});

describe('the schedule of the janitor', () => {
  const schedule = () => stack.environment.client.schedule.getHandle(janitorId('cli-test'));
  const ensure = (changes: Partial<typeof INSTALLATION> = {}) =>
    ensureJanitorSchedule(stack.environment.client, { ...INSTALLATION, ...changes });

  it('is made once, by however many workers, and skips what would overlap [O-36]', async () => {
    await Promise.all([ensure(), ensure(), ensure()]);
    expect(await schedule().describe()).toMatchObject({
      spec: { intervals: [{ every: 600_000 }] },
      policies: { overlap: 'SKIP', catchupWindow: 600_000 },
      action: { workflowType: 'janitor', args: [{ ...INSTALLATION, reclaim: true, atMost: 5 }] },
      state: { paused: false },
    });
  });

  it('stays paused when a person has paused it, whatever is started again or changed [O-36]', async () => {
    await schedule().pause('moving house');
    const before = await schedule().describe();
    await ensure();
    expect((await schedule().describe()).info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt);
    await ensure({ zone: 'other.test' });
    expect(await schedule().describe()).toMatchObject({
      state: { paused: true, note: 'moving house' },
      action: { args: [{ zone: 'other.test' }] },
    });
    const host = new FakeHost();
    await stack.serve(host, async () => {
      const { stdout } = await stack.cli('janitor').done;
      expect(stdout).toContain('Schedule janitor-cli-test is paused (moving house)');
    });
  });

  it('starts janitors that work', async () => {
    await ensure();
    const host = new FakeHost();
    await stack.serve(host, async () => {
      await schedule().trigger();
      const { client } = stack.environment;
      const query = `WorkflowType = 'janitor' AND ExecutionStatus = 'Completed' AND WorkflowId STARTS_WITH 'janitor-cli-test-2'`;
      for (let asked = 0; asked < 100; asked += 1) {
        const { count } = await client.workflow.count(query);
        if (count > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect((await client.workflow.count(query)).count).toBe(1);
      expect(host.journal).toEqual(expect.arrayContaining(['survey']));
    });
  });

  it('is made by a worker, and a Temporal that does not answer does not stop the worker', async () => {
    await schedule().delete();
    keepJanitorScheduled(stack.environment.client, INSTALLATION, pino({ level: 'silent' }));
    for (let asked = 0; asked < 100; asked += 1) {
      const found = await schedule()
        .describe()
        .catch(() => undefined);
      if (found) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await schedule().describe()).action.workflowType).toBe('janitor');
  });
});

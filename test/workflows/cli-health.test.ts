import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISIONS_QUEUE, hostPoolId } from '../../domain/queues.ts';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const HUB = 'registry-1.docker.io';
const REASON = /registry-1\.docker\.io answers 429, next try at \d\d:\d\d UTC/;

describe('a registry that is left alone', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(async () => {
    await stack.close();
  });

  it('is named by `run` and `status` while a run waits for it, and the run goes on when it serves again', async () => {
    const host = new FakeHost({ plan: { absent: ['nginx:1.29.1'] }, pulls: true });
    const ill = { subject: `registry ${HUB}`, code: 'E_REGISTRY_LIMIT', faults: 1, opened: 1 };
    const untilMs = Date.now() + 20_000;
    await stack.environment.client.workflow.start('hostPool', {
      workflowId: hostPoolId(stack.variables['CCI_HOST'] ?? ''),
      taskQueue: DECISIONS_QUEUE,
      args: [{ host: stack.variables['CCI_HOST'], health: [{ ...ill, untilMs }] }],
    });
    await stack.serve(host, async () => {
      const run = stack.cli('run', 'sample', '--stages', 'install', '--json');
      expect(await run.said(`waiting: ${HUB}`)).toMatch(REASON);
      const [shown, json] = await Promise.all([stack.cli('status').done, stack.cli('status', '--json').done]);
      expect(shown.stdout).toMatch(new RegExp(`Runs that need it wait: ${REASON.source}`));
      expect(JSON.parse(json.stdout)).toMatchObject({ health: [{ ...ill, untilMs }] });
      expect(host.journal).not.toContain('fetch');
      const { code, stdout } = await run.done;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'passed' });
      expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
    });
  });
});

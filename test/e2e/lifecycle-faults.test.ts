import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../client/connection.ts';
import { stackName } from '../../domain/ids.ts';
import { progressSchema } from '../../domain/progress.ts';
import type { Stage } from '../../domain/stages.ts';
import { observeDocker, serviceChanges } from './observer.ts';
import { resultsOf, runningActivity, startRun, takeoverOf, TOO_LATE } from './runs.ts';
import { config, eventually, inventory } from './stack.ts';

let client: Client;
beforeAll(async () => {
  client = await connect(config);
});
afterAll(() => client.connection.close());

async function inStage(run: string, stage: Stage): Promise<void> {
  await eventually(`${run} is in stage ${stage}`, 120, async () => {
    const { stages } = progressSchema.parse(await client.workflow.getHandle(run).query('progress'));
    return stages.some(({ name, status }) => name === stage && status === 'running') || undefined;
  });
}

describe('a worker that is killed in the middle of a stage changes nothing about the outcome', () => {
  it.each([
    ['custom-html', 'upgrade', 'upgradeApp', 'install,upgrade', ['app'], 1],
    ['notes-postgres', 'upgrade', 'upgradeApp', 'install,upgrade', ['app', 'db'], 1],
    ['notes-postgres', 'backup', 'createBackup', 'install,backup,restore', ['app', 'db'], 0],
    ['notes-postgres', 'restore', 'restoreBackup', 'install,backup,restore', ['app', 'db'], 0],
    ['custom-html', 'custom', 'runSpecs', 'install,custom', ['app'], 0],
  ] as const)(
    '%s: %s, in %s [R-01] [R-79]',
    { retry: { count: 2, condition: new RegExp(TOO_LATE) } },
    async (recipe, stage, activity, stages, services, changed) => {
      const observer = await observeDocker();
      const since = Date.now();
      const run = await startRun(recipe, stages);
      await inStage(run, stage);
      const lost = await runningActivity(client, run, activity);
      process.kill(lost.pid, 'SIGKILL');
      const results = await resultsOf(run, since, 200);
      expect(results).toMatchObject({ verdict: 'passed', deployCount: 1, leaked: false });
      expect(results.stages.map(({ name, status }) => [name, status])).toEqual(
        stages.split(',').map((name) => [name, 'pass']),
      );
      const stack = stackName(results.domain ?? '');
      expect(serviceChanges(await observer.stop(), stack)).toEqual(
        Object.fromEntries(services.map((name) => [`${stack}_${name}`, { created: 1, changed }])),
      );
      expect(results.stages.find(({ name }) => name === stage)?.attempts).toBeGreaterThanOrEqual(2);
      expect(await takeoverOf(client, lost)).toBeGreaterThanOrEqual(2);
      expect(await inventory()).toEqual([]);
    },
  );
});

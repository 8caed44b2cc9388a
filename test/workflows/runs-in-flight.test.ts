import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../fixtures/free-port.ts';
import { temporalExecutable } from './temporal-executable.ts';

const { runsInFlight, describeInFlight } = (await import(
  join(import.meta.dirname, '../../setup/lib/runs-in-flight.mjs')
)) as {
  runsInFlight: (port: number, namespace?: string) => Promise<string[]>;
  describeInFlight: (runs: readonly string[], fate: string) => string | undefined;
};

describe('what `npm run down` says of runs in flight', () => {
  let environment: TestWorkflowEnvironment;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: temporalExecutable() },
        extraArgs: ['--http-port', String(port)],
      },
    });
  });
  afterAll(() => environment.teardown());

  it('names the open runs, and neither closed ones nor other workflows', async () => {
    expect(await runsInFlight(port)).toEqual([]);
    const start = (type: string, workflowId: string) =>
      environment.client.workflow.start(type, { workflowId, taskQueue: 'nobody' });
    await start('recipeRun', 'run-b');
    await start('recipeRun', 'run-a');
    await start('environmentGuard', 'guard-a');
    await (await start('recipeRun', 'run-closed')).terminate();
    await expect.poll(() => runsInFlight(port), { timeout: 10_000 }).toEqual(['run-a', 'run-b']);
  });

  it('says nothing where no run is open, or no server answers', async () => {
    expect(await runsInFlight(await freePort())).toEqual([]);
    expect(describeInFlight([], 'will go on')).toBeUndefined();
  });

  it('tells what becomes of them', () => {
    expect(describeInFlight(['run-a'], 'will go on')).toBe('  … a run is in flight and will go on: run-a');
    expect(describeInFlight(['run-a', 'run-b'], 'will be lost')).toBe(
      '  … 2 runs are in flight and will be lost: run-a, run-b',
    );
  });
});

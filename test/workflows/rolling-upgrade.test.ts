import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WorkflowHandleWithStartDetails } from '@temporalio/client';
import { progressSchema } from '../../domain/progress.ts';
import type { recipeRun } from '../../workflows/recipe-run.ts';
import { PATCHED, UNPATCHED } from '../fixtures/sources.ts';
import { startBuilds, type Builds, type RunningBuild } from './builds.ts';
import { FakeHost } from './fake-host.ts';
import { eventually, startRun } from './harness.ts';

type Run = WorkflowHandleWithStartDetails<typeof recipeRun>;

// Each test starts two sets of real workers, which takes a busy machine long.
vi.setConfig({ testTimeout: 300_000 });

let builds: Builds;
let before: string;
let patched: string;
let unpatched: string;
beforeAll(async () => {
  builds = await startBuilds();
  before = builds.make();
  patched = builds.make(...PATCHED);
  unpatched = builds.make(...UNPATCHED);
}, 60_000);
afterAll(() => builds.close());

/** A host whose deploy goes on until the test lets it end. */
function gated(): { host: FakeHost; open: () => void } {
  let deployed = false;
  return { host: new FakeHost({ deployed: () => deployed }), open: () => (deployed = true) };
}

const deploying = (host: FakeHost) => eventually('a deploy', () => host.left().length > 0);

async function buildOf(workflowId: string): Promise<string> {
  const { raw } = await builds.environment.client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? 'none';
}

async function guardOf(run: Run): Promise<string> {
  const { guardId } = progressSchema.parse(await run.query('progress'));
  return guardId ?? '';
}

/** Runs `body` with workers of the older sources, which are gone afterwards. */
async function fromOlder<T>(body: (older: RunningBuild) => Promise<T>): Promise<T> {
  const older = await builds.start(before);
  try {
    return await body(older);
  } finally {
    await older.kill();
  }
}

describe('workers of a new build', () => {
  it('go on with a run in flight, while the old ones end by themselves [R-80]', async () => {
    const { host, open } = gated();
    await builds.serve(host, () =>
      fromOlder(async (older) => {
        const run = await startRun(builds.environment);
        await deploying(host);
        const oldBuild = await buildOf(run.workflowId);
        const newer = await builds.start(patched);
        await expect(older.ended).resolves.toBe(0);
        open();
        const results = await run.result();
        expect(results).toMatchObject({ verdict: 'passed', deployCount: 1, teardown: { left: [] } });
        expect(results.stages[0]).toMatchObject({ name: 'install', status: 'pass', attempts: 1 });
        const newBuild = await buildOf(run.workflowId);
        expect(newBuild).not.toBe(oldBuild);
        expect(await buildOf(await guardOf(run))).toBe(newBuild);
        await newer.stop();
      }),
    );
  });

  it('answer what people ask of a run that closed under an older build', async () => {
    const closed = await fromOlder((older) =>
      builds.serve(new FakeHost(), async () => {
        const run = await startRun(builds.environment);
        await run.result();
        await older.stop();
        return run;
      }),
    );
    const newer = await builds.start(patched);
    expect(progressSchema.parse(await closed.query('progress'))).toMatchObject({
      phase: 'done',
      verdict: 'passed',
    });
    await newer.stop();
  });

  it('go on with a run whose old workers were killed', async () => {
    const { host, open } = gated();
    await builds.serve(host, async () => {
      const run = await fromOlder(async () => {
        const started = await startRun(builds.environment);
        await deploying(host);
        return started;
      });
      const newer = await builds.start(patched);
      open();
      expect(await run.result()).toMatchObject({ verdict: 'passed', teardown: { left: [] } });
      await newer.stop();
    });
  });
});

describe('workers of a build that cannot replay a run', () => {
  it('leave the run to its old workers until it has ended', async () => {
    const { host, open } = gated();
    await builds.serve(host, () =>
      fromOlder(async (older) => {
        const run = await startRun(builds.environment);
        await deploying(host);
        const oldBuild = await buildOf(run.workflowId);
        const newer = await builds.start(unpatched);
        expect(newer.said()).toContain('does not fit this build');
        open();
        expect(await run.result()).toMatchObject({ verdict: 'passed', teardown: { left: [] } });
        expect(await buildOf(run.workflowId)).toBe(oldBuild);
        await expect(older.ended).resolves.toBe(0);
        await newer.stop();
      }),
    );
  });

  it('close it as errored when its old workers are gone, and its guard removes the environment', async () => {
    const { host, open } = gated();
    await builds.serve(host, async () => {
      const run = await fromOlder(async () => {
        const started = await startRun(builds.environment);
        await deploying(host);
        return started;
      });
      expect(host.left()).not.toEqual([]);
      const newer = await builds.start(unpatched);
      // Now the run has something to decide again.
      open();
      await eventually('the guard has reported', () => host.written.length > 0);
      expect(host.written[0]).toMatchObject({ verdict: 'errored', code: 'E_BUILD', teardown: { left: [] } });
      expect(host.left()).toEqual([]);
      await expect(run.result()).rejects.toThrow();
      await newer.stop();
    });
  });

  it('take it over when its old workers are killed while they still had it', async () => {
    const { host, open } = gated();
    await builds.serve(host, async () => {
      const newer = await fromOlder(async () => {
        await startRun(builds.environment);
        await deploying(host);
        return builds.start(unpatched);
      });
      // What the run has to decide now waits for workers that are gone, until the new ones see it.
      open();
      await eventually('the guard has reported', () => host.written.length > 0, 40_000);
      expect(host.written[0]).toMatchObject({ verdict: 'errored', code: 'E_BUILD', teardown: { left: [] } });
      await newer.stop();
    });
  });
});

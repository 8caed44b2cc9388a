import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { amendResults, writeResults } from '../../../activities/publish.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { resultsSchema, type Results, type TeardownReport } from '../../../domain/results.ts';
import { testConfig } from './test-config.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-publish-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const deps = () => ({ config: testConfig(data), paths: hostPaths(data), platform: createDummyPlatform({}) });
const published = async () =>
  resultsSchema.parse(JSON.parse(await readFile(deps().paths.results('run-sample'), 'utf8')));

function teardown(left: string[]): TeardownReport {
  const owned = left.map((name) => ({ kind: 'volume' as const, name }));
  return { cause: 'released', killed: 0, removed: [], left: owned, passes: 3, durationMs: 1 };
}

function results(startedAt: string, environmentId: string): Results {
  return {
    schemaVersion: 1,
    runId: 'run-sample',
    environmentId,
    recipe: 'sample',
    ref: 'main',
    head: '3f2a9c1d'.repeat(5),
    trigger: 'manual',
    host: 'test',
    startedAt,
    durationMs: 1,
    verdict: 'leaked',
    partial: true,
    leaked: true,
    deployCount: 1,
    expectedDeploys: 1,
    stagesWanted: ['install'],
    stages: [],
    images: [],
    teardown: teardown(['data']),
  };
}

const EARLIER = results('2026-01-01T00:00:00.000Z', 'one');
const LATER = results('2026-01-02T00:00:00.000Z', 'two');

describe('the results of a run', () => {
  it('are written whole, and leave no draft behind', async () => {
    const { path } = await writeResults(deps(), EARLIER);
    expect(await published()).toEqual(EARLIER);
    expect(await readdir(dirname(path))).toEqual(['results.json']);
  });

  it('are not replaced by an execution of the same id that started earlier', async () => {
    await writeResults(deps(), LATER);
    await writeResults(deps(), EARLIER);
    expect(await published()).toEqual(LATER);
  });

  it('say that nothing is left once a leak has been removed, and keep their verdict', async () => {
    await writeResults(deps(), EARLIER);
    await amendResults(deps(), { runId: 'run-sample', environmentId: 'one', teardown: teardown([]) });
    expect(await published()).toMatchObject({ verdict: 'leaked', leaked: true, teardown: { left: [] } });
  });

  it('stay as they are when the leak was that of another environment, or they are gone', async () => {
    const amendment = { runId: 'run-sample', environmentId: 'one', teardown: teardown([]) };
    await expect(amendResults(deps(), amendment)).resolves.toBeUndefined();
    await writeResults(deps(), LATER);
    await amendResults(deps(), amendment);
    expect(await published()).toEqual(LATER);
  });
});

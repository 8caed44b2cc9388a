import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { amendResults, writeResults } from '../../../activities/publish.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { recentRuns } from '../../../activities/support/run-index/recent-runs.ts';
import { resultsSchema, type TeardownReport } from '../../../domain/results.ts';
import { sampleResults } from '../support/sample-results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testConfig } from './test-config.ts';

const RUN = sampleResults().runId;

function bench() {
  const data = temporaryFolder();
  const paths = hostPaths(data);
  return {
    paths,
    deps: { config: testConfig(data), paths, platform: createDummyPlatform({}) },
    published: async () => resultsSchema.parse(JSON.parse(await readFile(paths.results(RUN), 'utf8'))),
  };
}

function teardown(left: string[]): TeardownReport {
  const owned = left.map((name) => ({ kind: 'volume' as const, name }));
  return { cause: 'released', killed: 0, removed: [], left: owned, passes: 3, durationMs: 1 };
}

function leaked(startedAt: string, environmentId: string) {
  return sampleResults({
    startedAt,
    environmentId,
    verdict: 'leaked',
    leaked: true,
    teardown: teardown(['data']),
  });
}

const EARLIER = leaked('2026-01-01T00:00:00.000Z', 'one');
const LATER = leaked('2026-01-02T00:00:00.000Z', 'two');

describe('the results of a run', () => {
  it('are written whole, as JSON, as JUnit and as a report, and leave no draft behind', async () => {
    const { deps, paths, published } = bench();
    const { path } = await writeResults(deps, EARLIER);
    expect(path).toBe(paths.results(RUN));
    expect(await published()).toEqual(EARLIER);
    expect(await readFile(paths.junit(RUN), 'utf8')).toContain('<testsuites name="sample main"');
    expect((await readdir(dirname(path))).sort()).toEqual([
      'junit.xml',
      'report.html',
      'results.json',
      'teardown.json',
    ]);
    expect(await recentRuns(paths.index, { limit: 2 })).toMatchObject([{ runId: RUN, jsonPath: path }]);
  });

  it('show in the report what was published last, also once a leak has been removed', async () => {
    const { deps, paths } = bench();
    await writeResults(deps, EARLIER);
    const report = () => readFile(paths.report(RUN), 'utf8');
    expect(await report()).toMatch(/leaked.*1 left/s);
    await amendResults(deps, { runId: RUN, environmentId: 'one', teardown: teardown([]) });
    expect(await report()).toMatch(/leaked.*nothing left/s);
    expect(await report()).not.toContain('1 left');
  });

  it('are published although the report cannot be written, which the log says', async () => {
    const { deps, paths, published } = bench();
    await mkdir(join(paths.report(RUN), 'in the way'), { recursive: true });
    await expect(writeResults(deps, EARLIER)).resolves.toEqual({ path: paths.results(RUN) });
    expect(await published()).toEqual(EARLIER);
    expect(await readFile(paths.stageLog(RUN, 'publish'), 'utf8')).toMatch(/ report: Error: /);
    expect(await recentRuns(paths.index, { limit: 2 })).toHaveLength(1);
  });

  it('are the same however often they are written, in one entry of the index [R-75, O-35]', async () => {
    const { deps, paths, published } = bench();
    await writeResults(deps, EARLIER);
    const once = await readFile(paths.results(RUN), 'utf8');
    for (const attempt of [2, 3]) await writeResults(deps, EARLIER, attempt);
    expect(await readFile(paths.results(RUN), 'utf8')).toBe(once);
    expect(await published()).toEqual(EARLIER);
    expect(await recentRuns(paths.index, { limit: 5 })).toHaveLength(1);
  });

  it('are told to nobody, the index included, until they are safely on the disk [F-75]', async () => {
    const { deps, paths } = bench();
    await mkdir(dirname(paths.run(RUN)), { recursive: true });
    await writeFile(paths.run(RUN), 'in the way of the folder');
    await expect(writeResults(deps, EARLIER)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await recentRuns(paths.index, { limit: 5 })).toEqual([]);
    await rm(paths.run(RUN));
    await writeResults(deps, EARLIER, 2);
    expect(await recentRuns(paths.index, { limit: 5 })).toMatchObject([{ runId: RUN }]);
  });

  it('are not replaced by an execution of the same id that started earlier; the index has both', async () => {
    const { deps, paths, published } = bench();
    await writeResults(deps, LATER);
    await writeResults(deps, EARLIER);
    expect(await published()).toEqual(LATER);
    const runs = await recentRuns(paths.index, { limit: 5 });
    expect(runs.map(({ startedAt }) => startedAt)).toEqual([LATER.startedAt, EARLIER.startedAt]);
  });

  it('say that nothing is left once a leak has been removed, and keep their verdict', async () => {
    const { deps, published } = bench();
    await writeResults(deps, EARLIER);
    await amendResults(deps, { runId: RUN, environmentId: 'one', teardown: teardown([]) });
    expect(await published()).toMatchObject({ verdict: 'leaked', leaked: true, teardown: { left: [] } });
  });

  it('stay as they are when the leak was that of another environment, or they are gone', async () => {
    const { deps, published } = bench();
    const amendment = { runId: RUN, environmentId: 'one', teardown: teardown([]) };
    await expect(amendResults(deps, amendment)).resolves.toBeUndefined();
    await writeResults(deps, LATER);
    await amendResults(deps, amendment);
    expect(await published()).toEqual(LATER);
  });

  it.each([
    ['of an older schema', JSON.stringify({ schemaVersion: 1, startedAt: '2030-01-01T00:00:00.000Z' })],
    ['that no program wrote', '{"schemaVersion": 2,'],
  ])('take the place of a file %s, which an amendment leaves alone', async (_what, content) => {
    const { deps, paths, published } = bench();
    await mkdir(paths.run(RUN), { recursive: true });
    await writeFile(paths.results(RUN), content);
    await amendResults(deps, { runId: RUN, environmentId: 'one', teardown: teardown([]) });
    expect(await readFile(paths.results(RUN), 'utf8')).toBe(content);
    await writeResults(deps, EARLIER);
    expect(await published()).toEqual(EARLIER);
  });

  it('say in which earlier runs the same failure was seen, in the file, the report and the answer [F-59]', async () => {
    const { deps, paths, published } = bench();
    const failure = { signature: '0a1b2c3d4e5f', hint: 'a disk is full: look' };
    const before = { ...EARLIER, runId: 'run-before', failure };
    await writeResults(deps, before);
    const seen = {
      runs: 1,
      firstRunId: 'run-before',
      firstAt: EARLIER.startedAt,
      lastRunId: 'run-before',
    };
    await expect(writeResults(deps, { ...LATER, failure })).resolves.toMatchObject({ seen });
    expect(await published()).toEqual({ ...LATER, failure: { ...failure, seen } });
    const report = await readFile(paths.report(RUN), 'utf8');
    expect(report).toContain('The same failure as in run-before');
    expect(report).toContain('A known cause says the same: a disk is full: look.');
  });

  it('are safe when the index cannot be written, which is tried again and not for ever [R-75 O-49]', async () => {
    const { deps, paths, published } = bench();
    await writeFile(
      paths.index,
      'this is no database, and longer than the header of one would be: '.repeat(20),
    );
    await expect(writeResults(deps, EARLIER, 4)).rejects.toMatchObject({ code: 'E_INDEX' });
    expect(await published()).toEqual(EARLIER);
    await expect(writeResults(deps, EARLIER, 5)).resolves.toEqual({ path: paths.results(RUN) });
    expect(await readFile(paths.stageLog(RUN, 'publish'), 'utf8')).toMatch(/index, attempt 5: .*database/);
  });
});

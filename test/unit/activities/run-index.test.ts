import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findSeen } from '../../../activities/support/run-index/find-seen.ts';
import { passedStages } from '../../../activities/support/run-index/passed-stages.ts';
import { recentRuns } from '../../../activities/support/run-index/recent-runs.ts';
import { recordRun } from '../../../activities/support/run-index/record-run.ts';
import type { Results } from '../../../domain/results.ts';
import type { StageResult } from '../../../domain/stages.ts';
import { sampleResults, sampleStage } from '../support/sample-results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const newIndex = () => join(temporaryFolder(), 'index.sqlite');
const JSON_PATH = '/data/runs/run-sample/results.json';

function query(index: string, text: string): unknown[] {
  const database = new DatabaseSync(index);
  try {
    // Rows have no prototype, which toEqual minds.
    return database
      .prepare(text)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

describe('the index of runs', () => {
  it('holds runs with their stages, tests and images', async () => {
    const index = newIndex();
    await recordRun(index, sampleResults(), JSON_PATH);
    expect(query(index, 'select * from runs')).toEqual([
      {
        run_id: 'run-sample-3f2a9c1d',
        started_at: '2026-01-02T03:04:05.000Z',
        environment_id: '0a1b2c3d-0000-4000-8000-000000000001',
        recipe: 'sample',
        ref: 'main',
        head: '3f2a9c1d'.repeat(5),
        base: '1.0.0+2.3.4',
        version: null,
        trigger: 'manual',
        host: 'test',
        verdict: 'passed',
        class: null,
        code: null,
        level: 5,
        partial: 0,
        leaked: 0,
        duration_ms: 65_000,
        deploy_count: 1,
        downtime_ms: 1200,
        json_path: JSON_PATH,
        signature: null,
      },
    ]);
    expect(query(index, 'select name, status, attempts from stages')).toHaveLength(6);
    expect(query(index, `select name, ok, attempts from tests where stage = 'backup'`)).toEqual([
      { name: 'backup holds', ok: 1, attempts: 1 },
    ]);
    expect(query(index, 'select name, digest from images')).toEqual([
      { name: 'nginx:1.27', digest: 'sha256:00' },
    ]);
  });

  it('replaces what it has of the same execution, and keeps other executions of the run id [O-35]', async () => {
    const index = newIndex();
    await recordRun(index, sampleResults(), JSON_PATH);
    const later = sampleResults({ startedAt: '2026-01-03T00:00:00.000Z' });
    await recordRun(index, later, JSON_PATH);
    const stages = [sampleStage('install', { status: 'fail', code: 'E_SPEC' })];
    await recordRun(
      index,
      sampleResults({ verdict: 'failed', code: 'E_SPEC', stages, images: [] }),
      JSON_PATH,
    );
    expect(query(index, 'select started_at, verdict from runs order by started_at')).toEqual([
      { started_at: '2026-01-02T03:04:05.000Z', verdict: 'failed' },
      { started_at: '2026-01-03T00:00:00.000Z', verdict: 'passed' },
    ]);
    expect(query(index, 'select started_at, count(*) as n from stages group by 1')).toEqual([
      { started_at: '2026-01-02T03:04:05.000Z', n: 1 },
      { started_at: '2026-01-03T00:00:00.000Z', n: 6 },
    ]);
    expect(query(index, 'select count(*) as n from images')).toEqual([{ n: 1 }]);
  });

  it('tells the newest runs first, of one recipe or of all', async () => {
    const index = newIndex();
    await expect(recentRuns(index, { limit: 5 })).resolves.toEqual([]);
    for (const day of ['03', '01', '02']) {
      const startedAt = `2026-01-${day}T00:00:00.000Z`;
      const recipe = day === '02' ? 'other' : 'sample';
      await recordRun(index, sampleResults({ runId: `run-${day}`, startedAt, recipe }), JSON_PATH);
    }
    const ids = async (options: { recipe?: string; limit: number }) =>
      (await recentRuns(index, options)).map(({ runId }) => runId);
    await expect(ids({ limit: 5 })).resolves.toEqual(['run-03', 'run-02', 'run-01']);
    await expect(ids({ limit: 1 })).resolves.toEqual(['run-03']);
    await expect(ids({ recipe: 'sample', limit: 5 })).resolves.toEqual(['run-03', 'run-01']);
    const [first] = await recentRuns(index, { recipe: 'other', limit: 1 });
    expect(first).toMatchObject({ verdict: 'passed', level: 5, leaked: false, jsonPath: JSON_PATH });
  });

  it('is made again over a half-made schema, and refused when it is newer than the code [O-60]', async () => {
    const index = newIndex();
    await recordRun(index, sampleResults(), JSON_PATH);
    // As if the process had died before the number of the schema was written.
    query(index, 'pragma user_version = 0');
    await recordRun(index, sampleResults({ runId: 'run-b' }), JSON_PATH);
    expect(query(index, 'select count(*) as n from runs')).toEqual([{ n: 2 }]);
    expect(query(index, 'pragma user_version')).toEqual([{ user_version: 2 }]);
    query(index, 'pragma user_version = 99');
    await expect(recordRun(index, sampleResults(), JSON_PATH)).rejects.toThrow('has schema 99');
  });

  it('adds to an index of an earlier version what it did not keep yet, and may do so again [O-60]', async () => {
    const index = newIndex();
    await recordRun(index, sampleResults(), JSON_PATH);
    query(index, 'drop index runs_by_signature');
    query(index, 'alter table runs drop column signature');
    query(index, 'alter table tests drop column attempts');
    for (const version of [1, 1]) {
      query(index, `pragma user_version = ${version}`);
      expect(await recentRuns(index, { limit: 5 })).toHaveLength(1);
    }
    expect(query(index, 'select distinct attempts from tests')).toEqual([{ attempts: 1 }]);
    expect(query(index, 'select signature from runs')).toEqual([{ signature: null }]);
    expect(query(index, 'pragma user_version')).toEqual([{ user_version: 2 }]);
  });

  it('tells how long stages took that passed at once, in the newest whole runs of a recipe', async () => {
    const index = newIndex();
    const record = (day: number, stage: Partial<StageResult>, changes: Partial<Results> = {}) => {
      const stages = [sampleStage('install', { durationMs: day * 1000, ...stage })];
      const startedAt = `2026-01-0${day}T00:00:00.000Z`;
      return recordRun(index, sampleResults({ startedAt, stages, ...changes }), JSON_PATH);
    };
    await record(1, {});
    await record(2, {});
    await record(3, { status: 'fail' });
    await record(4, { attempts: 2 });
    await record(5, {}, { partial: true });
    await record(6, {}, { recipe: 'other' });
    const seconds = async (limit: number) =>
      (await passedStages(index, { recipe: 'sample', limit })).map(({ durationMs }) => durationMs / 1000);
    expect((await seconds(10)).toSorted()).toEqual([1, 2]);
    expect(await seconds(3)).toEqual([2]);
  });

  it('knows in which earlier runs of a recipe the same failure was seen', async () => {
    const index = newIndex();
    const results = (day: number, changes: Partial<Results> = {}) =>
      sampleResults({
        runId: `run-${day}`,
        startedAt: `2026-01-0${day}T00:00:00.000Z`,
        failure: { signature: 'aa' },
        ...changes,
      });
    expect(await findSeen(index, results(5))).toBeUndefined();
    for (const day of [1, 3, 7]) await recordRun(index, results(day), JSON_PATH);
    await recordRun(index, results(2, { recipe: 'other' }), JSON_PATH);
    await recordRun(index, results(4, { failure: { signature: 'bb' } }), JSON_PATH);
    // Written twice, as by a run whose environment was held: it does not find itself.
    await recordRun(index, results(5), JSON_PATH);
    expect(await findSeen(index, results(5))).toEqual({
      runs: 2,
      firstRunId: 'run-1',
      firstAt: '2026-01-01T00:00:00.000Z',
      lastRunId: 'run-3',
    });
    expect(await findSeen(index, sampleResults())).toBeUndefined();
  });

  it('takes the results of several processes that make and write it at once [O-35]', async () => {
    const index = newIndex();
    const root = join(import.meta.dirname, '../../..');
    const script = `
      import { recordRun } from ${JSON.stringify(join(root, 'activities/support/run-index/record-run.ts'))};
      import { sampleResults } from ${JSON.stringify(join(root, 'test/unit/support/sample-results.ts'))};
      for (let number = 0; number < 10; number += 1) {
        await recordRun(process.argv[1], sampleResults({ runId: process.argv[2] + '-' + number }), 'x');
      }`;
    const write = (name: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, index, name]);
    await Promise.all(['a', 'b', 'c'].map(write));
    expect(query(index, 'select count(*) as n from runs')).toEqual([{ n: 30 }]);
    expect(query(index, 'select count(*) as n from stages')).toEqual([{ n: 180 }]);
    expect(query(index, 'pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  });
});

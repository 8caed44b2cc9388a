import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordRun } from '../../../activities/support/run-index/record-run.ts';
import type { Results } from '../../../domain/results.ts';
import { sampleResults, sampleStage } from '../support/sample-results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { configurationIn, runCli } from './cli-process.ts';

function bench() {
  const folder = temporaryFolder();
  const env = configurationIn(folder);
  const record = (runId: string, day: number, changes: Partial<Results>) =>
    recordRun(
      join(folder, 'data', 'index.sqlite'),
      sampleResults({ runId, startedAt: `2026-11-0${day}T10:00:00.000Z`, ...changes }),
      'results.json',
    );
  const flakes = (...args: string[]) => runCli(['flakes', ...args], { cwd: folder, env });
  const rates = async (...args: string[]) => {
    const { stdout } = await flakes('--json', ...args);
    return (JSON.parse(stdout) as { rates: Record<string, unknown>[] }).rates;
  };
  return { folder, record, flakes, rates };
}

const assertion = (ok: boolean, attempts?: number) => ({
  name: 'install holds',
  ok,
  detail: 'seen',
  ...(attempts === undefined ? {} : { attempts }),
});

describe('cc-ci flakes', () => {
  it('tells of stages and tests with their rates, the worst first, from whole runs only [R-26]', async () => {
    const { record, flakes, rates } = bench();
    await record('run-1', 1, { stages: [sampleStage('install')] });
    const retried = sampleStage('install', { attempts: 2, assertions: [assertion(true, 2)] });
    await record('run-2', 2, { stages: [retried] });
    const red = sampleStage('install', { status: 'fail', assertions: [assertion(false)] });
    await record('run-3', 3, { verdict: 'failed', stages: [red] });
    await record('run-4', 4, { partial: true, stages: [retried] });
    await record('run-5', 5, { recipe: 'other' });
    const { code, stdout } = await flakes();
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      ' 67 %  sample › install: of 3 runs 1 in more than one attempt, 1 with another outcome for the same head; last in run-3',
      ' 67 %  sample › install › install holds: of 3 runs 1 in more than one attempt, 1 with another outcome for the same head; last in run-3',
    ]);
    expect(await rates('sample', '--runs', '1')).toMatchObject([
      { runs: 1, rate: 0 },
      { runs: 1, rate: 0 },
    ]);
    expect(await rates('other')).toHaveLength(12);
  });

  it('says so when nothing flaked, and when nothing ran', async () => {
    const { record, flakes } = bench();
    expect((await flakes()).stdout).toBe('There are no whole runs yet.\n');
    await record('run-1', 1, {});
    expect((await flakes()).stdout).toBe('Nothing flaked.\n');
  });

  it('answers wrong words and an index that is none with one line', async () => {
    const { folder, flakes } = bench();
    for (const args of [['Not a recipe'], ['--runs', '0']]) {
      const { code, stderr } = await flakes(...args);
      expect(code).toBe(2);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    mkdirSync(join(folder, 'data'), { recursive: true });
    writeFileSync(join(folder, 'data', 'index.sqlite'), 'no database '.repeat(100));
    const { code, stderr } = await flakes();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^cc-ci: the index of runs .* cannot be read: .*\n$/);
  });
});

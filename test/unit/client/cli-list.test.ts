import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordRun } from '../../../activities/support/run-index/record-run.ts';
import { renderList } from '../../../client/cli/list.ts';
import type { Results } from '../../../domain/results.ts';
import { sampleResults } from '../support/sample-results.ts';
import { configurationIn, runCli, type Outcome } from './cli-process.ts';

describe('cc-ci list, without a server', () => {
  let folder: string;
  let env: Record<string, string>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-list-'));
    env = configurationIn(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const index = () => join(folder, 'data', 'index.sqlite');
  const list = (...args: string[]): Promise<Outcome> => runCli(['list', ...args], { cwd: folder, env });

  async function record(runId: string, changes: Partial<Results>): Promise<void> {
    await recordRun(index(), sampleResults({ runId, ...changes }), 'results.json');
  }

  async function recordSome(): Promise<void> {
    await record('run-ghost-1', { recipe: 'ghost', startedAt: '2026-11-01T10:00:00.000Z' });
    const red = { verdict: 'failed', code: 'E_SPEC', level: 1 } as const;
    await record('run-ghost-2', { recipe: 'ghost', startedAt: '2026-11-02T10:00:00.000Z', ...red });
    await record('run-wiki-1', { recipe: 'wiki', startedAt: '2026-11-03T10:00:00.000Z', verdict: 'leaked' });
    await record('run-wiki-2', {
      recipe: 'wiki',
      startedAt: '2026-11-04T10:00:00.000Z',
      verdict: 'cancelled',
    });
  }

  async function listed(...args: string[]): Promise<string[]> {
    const { stdout } = await list('--json', ...args);
    const { runs } = JSON.parse(stdout) as { runs: { runId: string }[] };
    return runs.map(({ runId }) => runId);
  }

  it('shows what the index keeps, newest first, and says that open runs are missing', async () => {
    await recordSome();
    const { code, stdout, stderr } = await list();
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '2026-11-04 10:00\twiki\tmain\tcancelled\t5\t1 min 05 s\t\trun-wiki-2',
      '2026-11-03 10:00\twiki\tmain\tleaked\t5\t1 min 05 s\t\trun-wiki-1',
      '2026-11-02 10:00\tghost\tmain\tfailed\t1\t1 min 05 s\tE_SPEC\trun-ghost-2',
    ]);
    expect(stderr).toMatch(
      /^cc-ci: Temporal does not answer at 127\.0\.0\.1:1; open runs are not shown\. .*\n$/,
    );
  });

  it.each([
    [
      ['--recipe', 'ghost'],
      ['run-ghost-2', 'run-ghost-1'],
    ],
    [
      ['--verdict', 'red'],
      ['run-wiki-1', 'run-ghost-2'],
    ],
    [['--verdict', 'red', '--recipe', 'ghost'], ['run-ghost-2']],
    [
      ['--verdict', 'passed,cancelled'],
      ['run-wiki-2', 'run-ghost-1'],
    ],
    [
      ['--verdict', 'passed', '--verdict', 'leaked'],
      ['run-wiki-1', 'run-ghost-1'],
    ],
    [
      ['--since', '2026-11-02', '--until', '2026-11-03'],
      ['run-wiki-1', 'run-ghost-2'],
    ],
    [['--limit', '1'], ['run-wiki-2']],
    [['--recipe', 'none'], []],
  ])('filters with %j', async (args, runs) => {
    await recordSome();
    expect(await listed(...args)).toEqual(runs);
  });

  it('shows both executions of a request that was made twice', async () => {
    await record('run-ghost-1', { startedAt: '2026-11-01T10:00:00.000Z', verdict: 'failed' });
    await record('run-ghost-1', { startedAt: '2026-11-02T10:00:00.000Z' });
    expect(await listed()).toEqual(['run-ghost-1', 'run-ghost-1']);
  });

  it('finds no runs where there is no index yet, and makes none', async () => {
    expect(await listed()).toEqual([]);
    await recordSome();
    expect(await listed()).toHaveLength(4);
  });

  it('answers an index that is none with one line and exit code 3', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(index(), 'this is not a database, however long one looks at it');
    const { code, stdout, stderr } = await list();
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^cc-ci: the index of runs .* cannot be read: .*\n$/);
  });

  it('is a table with a head on a terminal, without colours when they are not wanted', () => {
    const run = {
      runId: 'run-ghost-2',
      status: 'closed',
      recipe: 'ghost',
      ref: 'main',
      startedAt: '2026-11-02T10:00:00.000Z',
      durationMs: 4_000,
      verdict: 'failed',
      code: 'E_SPEC',
      level: 1,
    } as const;
    const terminal = (colours: boolean) => ({ isTTY: true, hasColors: () => colours });
    expect(renderList([run], terminal(false))).toEqual([
      'STARTED (UTC)     RECIPE  REF   VERDICT  LEVEL  TIME   CODE    RUN',
      '2026-11-02 10:00  ghost   main  failed   1      4.0 s  E_SPEC  run-ghost-2',
    ]);
    expect(renderList([run], terminal(true))[1]).toContain('\u001b[31mfailed ');
    expect(renderList([], terminal(true))).toEqual(['There are no such runs.']);
  });
});

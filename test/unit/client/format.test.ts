import { describe, expect, it } from 'vitest';
import {
  exitCodeOf,
  renderChanges,
  renderSummary,
  renderTable,
  renderVerdict,
} from '../../../client/cli/format.ts';
import { formatDuration } from '../../../domain/format-duration.ts';
import type { Snapshot } from '../../../client/follow-run.ts';
import { VERDICTS } from '../../../domain/results.ts';
import { gradeRungs } from '../../../domain/rungs.ts';
import { STAGES } from '../../../domain/stages.ts';
import { sampleResults, sampleStage } from '../support/sample-results.ts';

const START = Date.parse('2026-01-02T03:04:05Z');

const RUNNING: Snapshot = {
  progress: {
    phase: 'stages',
    domain: 'samp-0a1b2c.ci.test',
    stages: [
      { name: 'lint', status: 'pass', durationMs: 400 },
      {
        name: 'install',
        status: 'running',
        startedAt: '2026-01-02T03:04:15Z',
        doing: 'deploy sample 1.0.0+2.3.4',
      },
      { name: 'upgrade', status: 'waiting' },
    ],
  },
  activities: [{ name: 'deployApp', attempt: 2, waitingFor: 'app: starting, 0/1' }],
  position: undefined,
  notice: undefined,
};

const RESULTS = sampleResults();

describe('the display of a run', () => {
  it('shows elapsed time, attempt and what is waited for in the line of the stage', () => {
    expect(renderTable('sample main', RUNNING, { startedMs: START, nowMs: START + 30_000 })).toEqual([
      'sample main: stages on samp-0a1b2c.ci.test, 30 s',
      '  ✓ lint     pass       0.4 s',
      '  ▸ install  running    20 s, deploy sample 1.0.0+2.3.4, app: starting, 0/1, attempt 2',
      '  · upgrade  waiting',
    ]);
  });

  it('shows the place in the queue while the run waits for the host', () => {
    const waiting: Snapshot = {
      progress: { phase: 'waiting for the host', stages: [] },
      activities: [],
      position: 3,
      notice: undefined,
    };
    expect(renderTable('sample main', waiting, { startedMs: START, nowMs: START })[0]).toContain(
      'place 3 in the queue',
    );
  });

  it('shows why a run is passed over while it waits, once in lines', () => {
    const reason = 'registry-1.docker.io answers 429, next try at 14:05 UTC';
    const waiting = (waitingFor: string): Snapshot => ({
      progress: { phase: 'waiting for the host', waitingFor, stages: [] },
      activities: [],
      position: 1,
      notice: undefined,
    });
    expect(renderTable('sample main', waiting(reason), { startedMs: START, nowMs: START })).toEqual([
      'sample main: waiting for the host (place 1 in the queue), 0.0 s',
      `  waiting: ${reason}`,
    ]);
    expect(renderChanges(undefined, waiting(reason))).toEqual([
      'waiting for the host (place 1 in the queue)',
      `waiting: ${reason}`,
    ]);
    expect(renderChanges(waiting(reason), waiting(reason))).toEqual([]);
    expect(renderChanges(waiting(reason), waiting('other'))).toEqual(['waiting: other']);
  });

  it('shows after which failure a step is tried again, and when', () => {
    const lastFailure = 'E_REGISTRY_LIMIT, next try at 14:05 UTC';
    const activities = [{ name: 'fetchImages', attempt: 2, waitingFor: undefined, lastFailure }];
    const fetching: Snapshot = { ...RUNNING, progress: { phase: 'fetching images', stages: [] }, activities };
    expect(renderTable('sample main', fetching, { startedMs: START, nowMs: START })[1]).toBe(
      `  fetchImages, attempt 2 after ${lastFailure}`,
    );
    expect(renderChanges({ ...fetching, activities: [] }, fetching)).toEqual([
      `fetchImages: attempt 2 after ${lastFailure}`,
    ]);
  });

  it('tells what was slower than usual, what is known of a failure and where it was seen before', () => {
    const time = { runs: 12, p50Ms: 15_000, p95Ms: 18_000 };
    const seen = { runs: 1, firstRunId: 'run-a', firstAt: '2026-11-01T10:00:00.000Z', lastRunId: 'run-a' };
    const lines = renderSummary(
      sampleResults({
        timing: [
          { stage: 'install', ...time, durationMs: 16_000, slow: false },
          { stage: 'upgrade', ...time, durationMs: 41_000, slow: true },
        ],
        failure: { signature: '0a1b2c3d4e5f', hint: 'a disk is full', seen },
      }),
    );
    expect(lines).toContain('  upgrade was slower than usual: 41 s, p95 18 s over 12 runs');
    expect(lines.filter((line) => line.includes('slower'))).toHaveLength(1);
    expect(lines).toContain('  hint: a disk is full');
    expect(lines).toContain('  seen before: the same failure as in run-a on 2026-11-01');
  });

  it('says in lines only what is new', () => {
    const first = renderChanges(undefined, RUNNING);
    expect(first).toEqual([
      'stages',
      'lint: pass (0.4 s)',
      'install: running, deploy sample 1.0.0+2.3.4',
      'deployApp: attempt 2',
    ]);
    expect(renderChanges(RUNNING, RUNNING)).toEqual([]);
  });

  it('sums up what was compared, every stage and rung, counts, downtime, backups and removal [R-43]', () => {
    const stages = RESULTS.stages.map((stage) => {
      if (stage.name === 'backup') return { ...stage, attempts: 2 };
      return stage.name === 'custom' ? { ...stage, status: 'skip' as const, reason: 'has no specs' } : stage;
    });
    expect(renderSummary({ ...RESULTS, stages, rungs: gradeRungs(STAGES, stages) })).toEqual([
      'sample 1.0.0+2.3.4 → main (3f2a9c1d), chaos-version 3f2a9c1d',
      '  ✓ lint     pass       1.5 s',
      '  ✓ install  pass       1.5 s',
      '  ✓ upgrade  pass       1.5 s',
      '  ✓ backup   pass       1.5 s in 2 attempts',
      '  ✓ restore  pass       1.5 s',
      '  - custom   skip       1.5 s  has no specs',
      '  rungs: 1 install pass, 2 upgrade pass, 3 backup and restore pass, 4 custom skip, 5 lint pass',
      '  specs: 3 passed, 0 failed, 0 skipped',
      '  deploy-count = 1 (expect 1)',
      '  downtime: 1.2 s (longest 0.8 s, stop-first, 12 of 90 requests)',
      '  backup: 1 attempt, 0 retries',
      '  teardown: 1 object removed in 3.1 s, nothing left',
    ]);
  });

  it('shows a stage behind one that failed as skipped, a retried backup, a broken base and what is left [R-43]', () => {
    const { downtime: _none, ...rest } = sampleResults({
      stages: [sampleStage('install', { status: 'fail', code: 'E_SPEC', reason: 'it failed' })],
      stagesWanted: ['install', 'upgrade'],
      specs: { passed: 0, failed: 0, skipped: 0 },
      deployCount: null,
      backup: {
        attempts: [
          { attempt: 1, files: 0, bytes: 0, faults: ['db: dump.sql is empty'] },
          { attempt: 2, files: 1, bytes: 9, faults: [] },
        ],
      },
      baseFailure: { code: 'E_CRASH_LOOP', reason: 'app: exits with 1' },
      teardown: {
        cause: 'released',
        killed: 0,
        removed: [],
        left: [{ kind: 'volume', name: 'samp_data' }],
        passes: 3,
        durationMs: 1000,
      },
    });
    expect(renderSummary(rest).filter((line) => !line.startsWith('  rungs'))).toEqual([
      'sample 1.0.0+2.3.4 → main (3f2a9c1d), chaos-version 3f2a9c1d',
      '  ✗ install  fail       1.5 s  it failed',
      '  - upgrade  skip       not reached',
      '  deploy-count = unknown (expect 1)',
      '  backup: 2 attempts, 1 retry',
      '    attempt 1: db: dump.sql is empty',
      '  base: E_CRASH_LOOP app: exits with 1',
      '  teardown: 0 objects removed in 1.0 s, 1 left: volume samp_data',
    ]);
  });

  it('shows the log in a reason once, in the sum, wherever else the reason stands', () => {
    const why = 'app: exit code 1\n| panic: no \u001b[2Jkey\n| bye';
    const stages = [
      sampleStage('install', { status: 'unverified', code: 'E_BASE_BROKEN', reason: `install: ${why}` }),
      sampleStage('upgrade', { status: 'fail', code: 'E_CRASH_LOOP', reason: why }),
    ];
    const results = sampleResults({
      stages,
      stagesWanted: ['install', 'upgrade'],
      verdict: 'failed',
      code: 'E_CRASH_LOOP',
      reason: `upgrade: ${why}`,
      baseFailure: { code: 'E_CRASH_LOOP', reason: why },
    });
    const summary = renderSummary(results);
    const at = summary.indexOf('  ? install  unverified 1.5 s  install: app: exit code 1');
    expect(summary.slice(at + 1, at + 4)).toEqual([
      '      | panic: no key',
      '      | bye',
      '  ✗ upgrade  fail       1.5 s  app: exit code 1',
    ]);
    expect(summary).toContain('  base: E_CRASH_LOOP app: exit code 1');
    const progress = { phase: 'stages' as const, stages };
    const snapshot: Snapshot = { ...RUNNING, progress };
    const everything = [
      ...renderTable('sample main', snapshot, { startedMs: START, nowMs: START }),
      ...renderChanges(undefined, snapshot),
      ...summary,
      renderVerdict(results),
    ].join('\n');
    expect(everything.split('panic')).toHaveLength(2);
    expect(renderVerdict(results)).toMatch(/: E_CRASH_LOOP upgrade: app: exit code 1( \(.*\))?$/);
  });

  it('shows the log in a reason that no stage has', () => {
    const results = sampleResults({ verdict: 'errored', code: 'E_COMMAND', reason: 'it ended\n| away' });
    expect(renderSummary(results).at(-1)).toBe('      | away');
  });

  it('ends with verdict, reason and remedy in one line', () => {
    expect(renderVerdict(RESULTS)).toBe('passed, level 5 in 1 min 05 s');
    const { level: _level, ...partial } = RESULTS;
    const failed = {
      ...partial,
      verdict: 'failed' as const,
      partial: true,
      leaked: true,
      code: 'E_ASSERTION',
      reason: 'install: answers',
      remedy: 'look at it',
    };
    expect(renderVerdict(failed)).toBe(
      'failed, partial, leaked: objects are left in 1 min 05 s: E_ASSERTION install: answers (look at it)',
    );
  });

  it('has its own exit code for every verdict, and 2 for none', () => {
    const codes = VERDICTS.map((verdict) => exitCodeOf({ ...RESULTS, verdict }));
    expect(codes).toEqual([0, 1, 3, 4, 5, 6]);
  });

  it.each([
    [0, '0.0 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_700, '1 min 00 s'],
    [3_725_000, '62 min 05 s'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

import { describe, expect, it } from 'vitest';
import {
  exitCodeOf,
  formatDuration,
  renderChanges,
  renderTable,
  renderVerdict,
} from '../../../client/cli/format.ts';
import type { Snapshot } from '../../../client/follow-run.ts';
import { VERDICTS, type Results } from '../../../domain/results.ts';

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

const RESULTS: Results = {
  schemaVersion: 1,
  runId: 'run-sample-0123456789ab-0a1b2c',
  recipe: 'sample',
  ref: 'main',
  head: '0'.repeat(40),
  trigger: 'manual',
  host: 'local',
  startedAt: '2026-01-02T03:04:05Z',
  durationMs: 65_000,
  verdict: 'passed',
  level: 5,
  partial: false,
  leaked: false,
  deployCount: 1,
  expectedDeploys: 1,
  stagesWanted: [],
  stages: [],
  images: [],
};

describe('the display of a run', () => {
  it('shows elapsed time, attempt and what is waited for in the line of the stage', () => {
    expect(renderTable('sample main', RUNNING, START, START + 30_000)).toEqual([
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
    expect(renderTable('sample main', waiting, START, START)[0]).toContain('place 3 in the queue');
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

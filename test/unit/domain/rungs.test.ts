import { describe, expect, it } from 'vitest';
import { gradeRungs, levelOf } from '../../../domain/rungs.ts';
import { STAGES, type StageStatus } from '../../../domain/stages.ts';
import { stage, stages } from './verdict-bench.ts';

describe('the rungs', () => {
  it('show what a stage proves, with the reason where it does not', () => {
    const results = stages(
      stage('upgrade', 'skip', { reason: 'no version was published before the head' }),
      stage('restore', 'error', { code: 'E_DOCKER', reason: 'the daemon is gone' }),
      stage('lint', 'fail', { code: 'E_LINT' }),
    );
    expect(gradeRungs(STAGES, results)).toEqual([
      { rung: 1, name: 'install', status: 'pass' },
      { rung: 2, name: 'upgrade', status: 'skip', reason: 'no version was published before the head' },
      { rung: 3, name: 'backup and restore', status: 'unverified', reason: 'the daemon is gone' },
      { rung: 4, name: 'custom', status: 'pass' },
      { rung: 5, name: 'lint', status: 'fail', reason: 'E_LINT' },
    ]);
  });

  it('behind a stage that failed are unverified, because nothing of them was proven [R-43]', () => {
    const rungs = gradeRungs(STAGES, [stage('lint', 'pass'), stage('install', 'fail', { code: 'E_SPEC' })]);
    expect(rungs.map(({ status, reason }) => [status, reason])).toEqual([
      ['fail', 'E_SPEC'],
      ['unverified', 'not reached'],
      ['unverified', 'not reached'],
      ['unverified', 'not reached'],
      ['pass', undefined],
    ]);
    expect(levelOf(rungs)).toBe(0);
  });

  it('that nobody asked for are skipped [R-10]', () => {
    expect(gradeRungs(['install'], [stage('install', 'pass')]).at(1)).toMatchObject({
      status: 'skip',
      reason: 'not asked for',
    });
  });

  it('are no skip without a reason [R-41]', () => {
    const rungs = gradeRungs(STAGES, stages(stage('custom', 'skip', { reason: '' })));
    expect(rungs[3]).toMatchObject({ status: 'unverified', reason: 'skipped without a reason' });
    expect(levelOf(rungs)).toBe(3);
  });

  it('of the other stages stay as they are when one is unverified [R-40]', () => {
    const broken = stages(
      stage('custom', 'unverified', { code: 'E_SPEC', reason: 'the provider is not ready' }),
    );
    const rungs = gradeRungs(STAGES, broken);
    expect(rungs.toSpliced(3, 1)).toEqual(gradeRungs(STAGES, stages()).toSpliced(3, 1));
    expect(levelOf(rungs)).toBe(3);
  });
});

describe('the level', () => {
  it.each<[StageStatus[], number]>([
    [['pass', 'fail', 'pass', 'pass', 'pass', 'pass'], 0],
    [['pass', 'pass', 'skip', 'pass', 'pass', 'pass'], 5],
    [['pass', 'pass', 'pass', 'pass', 'fail', 'pass'], 2],
    [['fail', 'pass', 'pass', 'pass', 'pass', 'pass'], 4],
    [['pass', 'pass', 'unverified', 'pass', 'pass', 'pass'], 1],
    [['skip', 'pass', 'pass', 'pass', 'skip', 'skip'], 2],
    [['pass', 'pass', 'pass', 'skip', 'skip', 'pass'], 5],
  ])('of %j (lint first) is %i', (row, level) => {
    const results = STAGES.map((name, index) => stage(name, row[index] ?? 'fail'));
    expect(levelOf(gradeRungs(STAGES, results))).toBe(level);
  });
});

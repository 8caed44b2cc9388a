import { describe, expect, it } from 'vitest';
import { EXIT_CODES, VERDICTS } from '../../../domain/results.ts';
import { grade } from '../../../domain/verdict.ts';
import { outcome, stage, stages } from './verdict-bench.ts';

const BROKEN_BASE = 'base 1.0.0+2.3.4: app: does not answer';
const CANCELLED = { code: 'E_CANCELLED', reason: 'a newer push' } as const;

describe('the verdict', () => {
  it('is passed, at level 5, when every rung passes', () => {
    expect(grade(outcome())).toEqual({ verdict: 'passed', level: 5, partial: false });
  });

  it.each([
    ['every rung passes', outcome(), 'passed', undefined],
    [
      'a rung is skipped for a reason',
      outcome({ stages: stages(stage('upgrade', 'skip')) }),
      'passed',
      undefined,
    ],
    [
      'the recipe is at fault',
      outcome({ stages: stages(stage('install', 'fail', { code: 'E_ASSERTION' })) }),
      'failed',
      'E_ASSERTION',
    ],
    [
      'its tests fail',
      outcome({ stages: stages(stage('custom', 'fail', { code: 'E_SPEC' })) }),
      'failed',
      'E_SPEC',
    ],
    [
      'upstream removed an image',
      outcome({ stages: [], deployCount: 0, ended: { code: 'E_IMAGE_UNKNOWN', reason: 'nginx:0' } }),
      'failed',
      'E_IMAGE_UNKNOWN',
    ],
    [
      'the infrastructure failed',
      outcome({ stages: stages(stage('backup', 'error', { code: 'E_DOCKER' })) }),
      'errored',
      'E_DOCKER',
    ],
    [
      'the harness failed',
      outcome({ stages: stages(stage('restore', 'error', { code: 'E_MARKER' })) }),
      'errored',
      'E_MARKER',
    ],
    [
      'a rung is unverified',
      outcome({ stages: stages(stage('upgrade', 'unverified', { code: 'E_UNPROVEN' })) }),
      'errored',
      'E_UNPROVEN',
    ],
    ['the teardown was not verified', outcome({ leaked: true }), 'leaked', 'E_RESIDUE'],
    ['a newer push came', outcome({ ended: CANCELLED }), 'cancelled', 'E_CANCELLED'],
    [
      'the run was terminated',
      outcome({ stages: [], ended: { code: 'E_TERMINATED', reason: 'terminated' }, deployCount: 1 }),
      'cancelled',
      'E_TERMINATED',
    ],
    ['the base does not install', outcome({ baseBroken: BROKEN_BASE }), 'base-broken', 'E_BASE_BROKEN'],
  ] as const)('when %s is as the table says [R-78]', (_what, facts, verdict, code) => {
    const graded = grade(facts);
    expect([graded.verdict, graded.code]).toEqual([verdict, code]);
  });

  it.each([
    ['failed', { ...outcome({ stages: stages(stage('custom', 'fail', { code: 'E_SPEC' })) }), leaked: true }],
    ['leaked', outcome({ leaked: true, baseBroken: BROKEN_BASE })],
    [
      'base-broken',
      outcome({
        baseBroken: BROKEN_BASE,
        stages: stages(stage('upgrade', 'unverified', { code: 'E_BASE_BROKEN' })),
      }),
    ],
    [
      'errored',
      outcome({ ended: CANCELLED, stages: stages(stage('custom', 'unverified', { code: 'E_SPEC' })) }),
    ],
    ['cancelled', outcome({ ended: CANCELLED, stages: [stage('lint', 'pass')], deployCount: 0 })],
  ] as const)('is %s rather than the milder one that holds as well [R-44]', (verdict, facts) => {
    expect(grade(facts).verdict).toBe(verdict);
  });

  it('keeps the cause of a failure when the teardown fails as well [R-44]', () => {
    const facts = {
      ...outcome({ stages: stages(stage('install', 'fail', { code: 'E_SPEC' })) }),
      leaked: true,
    };
    expect(grade(facts)).toMatchObject({ verdict: 'failed', class: 'test', code: 'E_SPEC' });
  });

  it('names the base, and what can be done about it, when the base is broken', () => {
    expect(grade(outcome({ baseBroken: BROKEN_BASE }))).toMatchObject({
      class: 'base',
      reason: BROKEN_BASE,
      remedy: expect.stringContaining('upgrade.base') as string,
    });
  });

  it.each(['fail', 'error', 'unverified'] as const)(
    'does not depend on lint that ends as %s, which only keeps the level at 4',
    (status) => {
      const graded = grade(outcome({ stages: stages(stage('lint', status, { code: 'E_LINT' })) }));
      expect(graded).toEqual({ verdict: 'passed', level: 4, partial: false });
    },
  );

  it('of a part of the stages carries no level, whatever happened in them [R-10]', () => {
    const wanted = ['install'] as const;
    expect(grade(outcome({ wanted, stages: [stage('install', 'pass')] }))).toEqual({
      verdict: 'passed',
      partial: true,
    });
    const failed = grade(outcome({ wanted, stages: [stage('install', 'fail', { code: 'E_SPEC' })] }));
    expect(failed).toMatchObject({ verdict: 'failed', partial: true });
    expect(failed).not.toHaveProperty('level');
  });

  it('has an exit code of its own for each kind, and only passed has 0 [O-46]', () => {
    const codes = VERDICTS.map((verdict) => EXIT_CODES[verdict]);
    expect(new Set([...codes, 2]).size).toBe(VERDICTS.length + 1);
    expect(VERDICTS.filter((verdict) => EXIT_CODES[verdict] === 0)).toEqual(['passed']);
  });
});

describe('the deploy count', () => {
  it.each([
    [2, 1],
    [0, 1],
    [1, 2],
    [1, 0],
  ])('of %d where %d is expected fails the run [R-02]', (deployCount, expectedDeploys) => {
    const graded = grade(outcome({ deployCount, expectedDeploys }));
    expect(graded).toMatchObject({ verdict: 'failed', code: 'E_DEPLOY_COUNT' });
    expect(graded.reason).toBe(`deploy-count = ${deployCount} (expect ${expectedDeploys})`);
  });

  it('is a failure even beside another cause, when there were too many [R-02]', () => {
    const facts = outcome({
      stages: stages(stage('custom', 'unverified', { code: 'E_SPEC' })),
      deployCount: 2,
    });
    expect(grade(facts)).toMatchObject({ verdict: 'failed', code: 'E_DEPLOY_COUNT' });
  });

  it('may be too low where something else explains it, and some app was deployed', () => {
    const ended = { code: 'E_TERMINATED', reason: 'the run was terminated' } as const;
    const facts = outcome({ ended, deployCount: 1, expectedDeploys: 2 });
    expect(grade(facts)).toMatchObject({ verdict: 'cancelled', code: 'E_TERMINATED' });
  });

  it('may be too low where the run ended before its deploy, and only there', () => {
    const error = stage('install', 'error', { code: 'E_DOCKER' });
    const before = outcome({ stages: [error], deployCount: 0 });
    expect(grade(before)).toMatchObject({ verdict: 'errored', code: 'E_DOCKER' });
    const after = outcome({ stages: stages(stage('backup', 'error', { code: 'E_DOCKER' })), deployCount: 0 });
    expect(grade(after)).toMatchObject({ verdict: 'failed', code: 'E_DEPLOY_COUNT' });
  });

  it('that nobody could read keeps the run from being green', () => {
    expect(grade(outcome({ deployCount: undefined }))).toMatchObject({
      verdict: 'errored',
      code: 'E_INTERNAL',
    });
  });
});

describe('what was not tested', () => {
  it('never yields green, however much else passed [R-38]', () => {
    for (const name of ['install', 'upgrade', 'backup', 'restore', 'custom'] as const) {
      const facts = outcome({ stages: stages(stage(name, 'unverified', { code: 'E_SPEC' })) });
      expect(grade(facts)).toMatchObject({ verdict: 'errored', code: 'E_SPEC' });
      expect(grade(facts).reason).toContain(`${name}: `);
    }
  });

  it('is no stage without a result either [R-38]', () => {
    const facts = outcome({ stages: stages().filter(({ name }) => name !== 'custom') });
    expect(grade(facts)).toMatchObject({
      verdict: 'errored',
      code: 'E_INTERNAL',
      reason: 'no result for custom',
    });
  });

  it('is not blamed on a stage that passed with no spec skipped [R-39]', () => {
    const specs = { passed: 3, failed: 0, skipped: 0 };
    expect(grade(outcome({ stages: stages(stage('custom', 'pass', { specs })) })).verdict).toBe('passed');
  });

  it.each([undefined, '', ' '])('needs a reason to be a skip, which %j is not [R-41]', (reason) => {
    const { reason: _declared, ...bare } = stage('backup', 'skip');
    const skip = reason === undefined ? bare : { ...bare, reason };
    expect(grade(outcome({ stages: stages(skip) }))).toMatchObject({
      verdict: 'errored',
      code: 'E_INTERNAL',
      reason: 'backup: skipped without a reason',
    });
    expect(grade(outcome({ stages: stages(stage('backup', 'skip')) })).verdict).toBe('passed');
  });
});

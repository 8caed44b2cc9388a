import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../domain/errors.ts';
import { STAGES, type Stage, type StageResult, type StageStatus } from '../../../domain/stages.ts';
import { grade, levelOf, type Outcome } from '../../../domain/verdict.ts';

const stage = (name: Stage, status: StageStatus, code?: ErrorCode): StageResult => ({
  name,
  status,
  durationMs: 1,
  attempts: 1,
  assertions: [],
  ...(code === undefined ? {} : { code }),
});

const outcome = (changes: Partial<Outcome>): Outcome => ({
  wanted: STAGES,
  stages: STAGES.map((name) => stage(name, 'pass')),
  baseBroken: false,
  leaked: false,
  deployCount: 1,
  expectedDeploys: 1,
  ...changes,
});

const with1 = (name: Stage, status: StageStatus, code?: ErrorCode) =>
  outcome({
    stages: STAGES.map((other) => (other === name ? stage(name, status, code) : stage(other, 'pass'))),
  });

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const statuses: StageStatus[] = ['pass', 'fail', 'skip', 'unverified', 'error'];

const anyOutcome: fc.Arbitrary<Outcome> = fc.record({
  wanted: fc.constant(STAGES),
  stages: fc
    .tuple(
      ...STAGES.map((name) =>
        fc.tuple(fc.constant(name), fc.constantFrom(...statuses), fc.constantFrom(...codes)),
      ),
    )
    .map((rows) =>
      rows.map(([name, status, code]) => stage(name, status, status === 'pass' ? undefined : code)),
    ),
  baseBroken: fc.boolean(),
  leaked: fc.boolean(),
  deployCount: fc.nat(3),
  expectedDeploys: fc.nat(3),
});

describe('the verdict', () => {
  it('is passed, at level 5, when every rung passes', () => {
    expect(grade(outcome({}))).toEqual({ verdict: 'passed', level: 5, partial: false });
  });

  it.each([
    ['a failed stage', with1('install', 'fail', 'E_ASSERTION'), 'failed', 'E_ASSERTION'],
    ['an infrastructure error', with1('install', 'error', 'E_DOCKER'), 'errored', 'E_DOCKER'],
    ['a rung that nobody verified', with1('custom', 'unverified', 'E_SPEC'), 'errored', 'E_SPEC'],
    ['objects that are left', outcome({ leaked: true }), 'leaked', 'E_RESIDUE'],
    ['a second deploy', outcome({ deployCount: 2 }), 'failed', 'E_DEPLOY_COUNT'],
    [
      'a second deploy, whatever else went wrong',
      { ...with1('custom', 'unverified', 'E_SPEC'), deployCount: 2 },
      'failed',
      'E_DEPLOY_COUNT',
    ],
    ['deploys that nobody counted', outcome({ deployCount: undefined }), 'errored', 'E_INTERNAL'],
    ['a stage without a result', outcome({ stages: [stage('install', 'pass')] }), 'errored', 'E_INTERNAL'],
    [
      'a cancel, which also explains the stage it cut short',
      { ...with1('install', 'error', 'E_CANCELLED'), ended: { code: 'E_CANCELLED', reason: 'a newer push' } },
      'cancelled',
      'E_CANCELLED',
    ],
  ] as const)('of %s names the cause [R-78]', (_what, facts, verdict, code) => {
    expect(grade(facts)).toMatchObject({ verdict, code });
  });

  it('of a failed stage stays failed when the teardown fails as well', () => {
    const facts = { ...with1('install', 'fail', 'E_SPEC'), leaked: true };
    expect(grade(facts)).toMatchObject({ verdict: 'failed', code: 'E_SPEC' });
  });

  it('does not depend on lint, which only moves the level', () => {
    expect(grade(with1('lint', 'fail', 'E_RENDER'))).toMatchObject({ verdict: 'passed', level: 4 });
  });

  it('is passed only when no stage failed, nothing is unverified or left, and the deploy count is right', () => {
    fc.assert(
      fc.property(anyOutcome, (facts) => {
        const green = grade(facts).verdict === 'passed';
        const clean =
          facts.stages.every(
            ({ name, status }) =>
              status === 'pass' || status === 'skip' || (name === 'lint' && status === 'fail'),
          ) &&
          !facts.leaked &&
          !facts.baseBroken &&
          facts.deployCount === facts.expectedDeploys;
        expect(green).toBe(clean);
      }),
    );
  });

  it('never gets milder by one more thing going wrong', () => {
    const order = ['passed', 'cancelled', 'errored', 'base-broken', 'leaked', 'failed'];
    fc.assert(
      fc.property(anyOutcome, (facts) => {
        const worse = grade({ ...facts, leaked: true, baseBroken: true });
        expect(order.indexOf(worse.verdict)).toBeGreaterThanOrEqual(order.indexOf(grade(facts).verdict));
      }),
    );
  });

  it('of a part of the stages carries no level', () => {
    const facts = outcome({ wanted: ['install'], stages: [stage('install', 'pass')] });
    expect(grade(facts)).toEqual({ verdict: 'passed', partial: true });
  });
});

describe('the level', () => {
  it.each([
    [['pass', 'fail', 'pass', 'pass', 'pass', 'pass'], 0],
    [['pass', 'pass', 'skip', 'pass', 'pass', 'pass'], 5],
    [['pass', 'pass', 'pass', 'pass', 'fail', 'pass'], 2],
    [['fail', 'pass', 'pass', 'pass', 'pass', 'pass'], 4],
    [['pass', 'pass', 'unverified', 'pass', 'pass', 'pass'], 1],
  ] as const)('of %j is %i', (row, level) => {
    expect(levelOf(STAGES.map((name, index) => stage(name, row[index] ?? 'fail')))).toBe(level);
  });
});

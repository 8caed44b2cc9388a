import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EXIT_CODES, VERDICTS, type Verdict } from '../../../domain/results.ts';
import { gradeRungs } from '../../../domain/rungs.ts';
import { STAGES } from '../../../domain/stages.ts';
import { grade, type Outcome } from '../../../domain/verdict.ts';
import { anyCode, anyOutcome, MANY, stage } from './verdict-bench.ts';

/** From mild to grave, as the design orders them. */
const ORDER: readonly Verdict[] = ['passed', 'cancelled', 'errored', 'base-broken', 'leaked', 'failed'];
const rank = (verdict: Verdict) => ORDER.indexOf(verdict);
const gravityOf = (facts: Outcome) => rank(grade(facts).verdict);

it('passed means that every wanted rung up to custom is a pass or a skip with a reason, and nothing else [R-38]', () => {
  let green = 0;
  fc.assert(
    fc.property(anyOutcome, (facts) => {
      const clean =
        facts.wanted.every((name) => {
          if (name === 'lint') return true;
          const result = facts.stages.find((one) => one.name === name);
          return (
            result?.status === 'pass' || (result?.status === 'skip' && (result.reason ?? '').trim() !== '')
          );
        }) &&
        facts.ended === undefined &&
        facts.baseBroken === undefined &&
        !facts.leaked &&
        facts.deployCount === facts.expectedDeploys;
      if (clean) green += 1;
      expect(grade(facts).verdict === 'passed').toBe(clean);
    }),
    MANY,
  );
  // The control: both sides of the claim were among the cases.
  expect(green).toBeGreaterThan(100);
});

it('a leak or a broken base never makes a verdict milder, nor hides a failure [R-44 F-25]', () => {
  fc.assert(
    fc.property(anyOutcome, (facts) => {
      for (const worse of [
        { ...facts, leaked: true },
        { ...facts, baseBroken: 'base: broken' },
      ]) {
        expect(gravityOf(worse)).toBeGreaterThanOrEqual(gravityOf(facts));
      }
    }),
    MANY,
  );
});

it('one more cause, at least as grave as the verdict, never makes it milder', () => {
  fc.assert(
    fc.property(anyOutcome, anyCode, fc.constantFrom(...STAGES), (facts, code, name) => {
      const ended: Outcome = { ...facts, ended: { code, reason: 'it ended' } };
      const alone = gravityOf({ ...ended, stages: [], leaked: false, deployCount: facts.expectedDeploys });
      expect(gravityOf(ended)).toBeGreaterThanOrEqual(Math.min(alone, gravityOf(facts)));
      if (name === 'lint' || !facts.stages.some((one) => one.name === name)) return;
      const failed = facts.stages.map((one) => (one.name === name ? stage(name, 'fail', { code }) : one));
      expect(grade({ ...facts, stages: failed }).verdict).toBe('failed');
    }),
    MANY,
  );
});

it('one more deploy than there was never makes a run greener [R-02]', () => {
  fc.assert(
    fc.property(anyOutcome, (facts) => {
      const more = { ...facts, deployCount: facts.expectedDeploys + 1 };
      expect(grade(more).verdict).toBe('failed');
    }),
    MANY,
  );
});

it('neither the order of the stages nor grading once more changes anything', () => {
  const shuffled = anyOutcome.chain((facts) =>
    fc
      .shuffledSubarray([...facts.stages], { minLength: facts.stages.length })
      .map((stages) => [facts, { ...facts, stages, wanted: facts.wanted.toReversed() }] as const),
  );
  fc.assert(
    fc.property(shuffled, ([facts, other]) => {
      const first = structuredClone(facts);
      const graded = grade(facts);
      expect(grade(facts)).toEqual(graded);
      expect(facts).toEqual(first);
      expect(grade(other)).toEqual(graded);
    }),
    MANY,
  );
});

it('lint moves the level and never the verdict', () => {
  fc.assert(
    fc.property(anyOutcome, anyCode, (facts, code) => {
      for (const status of ['pass', 'fail', 'error', 'unverified', 'skip'] as const) {
        const others = facts.stages.filter(({ name }) => name !== 'lint');
        const linted = grade({ ...facts, stages: [stage('lint', status, { code }), ...others] });
        const { level: _with, ...verdict } = linted;
        const { level: _without, ...expected } = grade({ ...facts, stages: others });
        expect(verdict).toEqual(expected);
      }
    }),
    MANY,
  );
});

it('the level is the highest rung that passed with every rung below it passed or skipped, and no part has one [R-10]', () => {
  fc.assert(
    fc.property(anyOutcome, (facts) => {
      const { level, partial } = grade(facts);
      expect(partial).toBe(new Set(facts.wanted).size < STAGES.length);
      expect(level === undefined).toBe(partial);
      if (level === undefined) return;
      const rungs = gradeRungs(facts.wanted, facts.stages);
      const standing = (count: number) =>
        rungs.slice(0, count).every(({ status }) => status === 'pass' || status === 'skip');
      const candidates = rungs.filter(({ rung, status }) => status === 'pass' && standing(rung));
      expect(level).toBe(candidates.at(-1)?.rung ?? 0);
    }),
    MANY,
  );
});

it('every verdict but passed has a cause with class, code, reason and remedy, and a code to exit with', () => {
  fc.assert(
    fc.property(anyOutcome, (facts) => {
      const graded = grade(facts);
      expect(VERDICTS).toContain(graded.verdict);
      if (graded.verdict === 'passed') {
        expect(graded).not.toHaveProperty('code');
        return;
      }
      for (const key of ['class', 'code', 'reason', 'remedy'] as const) expect(graded[key]).not.toBe('');
      expect(graded).toMatchObject({ class: expect.any(String), code: expect.stringMatching(/^E_/) });
      expect(EXIT_CODES[graded.verdict]).toBeGreaterThan(0);
    }),
    MANY,
  );
});

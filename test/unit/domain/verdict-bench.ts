import fc from 'fast-check';
import { ERROR_CODES } from '../../../domain/error-codes.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { STAGES, type Stage, type StageResult, type StageStatus } from '../../../domain/stages.ts';
import type { Outcome } from '../../../domain/verdict.ts';

/** Always the same many cases: a property that holds today must not fail tomorrow by chance. */
export const MANY = { seed: 20_261_121, numRuns: 2000 } as const;

export function stage(name: Stage, status: StageStatus, more: Partial<StageResult> = {}): StageResult {
  return {
    name,
    status,
    durationMs: 1,
    attempts: 1,
    assertions: [],
    ...(status === 'skip' ? { reason: 'declared in recipe.ts' } : {}),
    ...more,
  };
}

/** All stages pass, but for those given. */
export function stages(...other: StageResult[]): StageResult[] {
  return STAGES.map((name) => other.find((one) => one.name === name) ?? stage(name, 'pass'));
}

export function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    wanted: STAGES,
    stages: stages(),
    leaked: false,
    deployCount: 1,
    expectedDeploys: 1,
    ...changes,
  };
}

const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
const statuses: StageStatus[] = ['pass', 'fail', 'skip', 'unverified', 'error'];

/** The usual value three times out of four: whole runs without a fault must be among the cases. */
function rarely<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, other);
}

export const anyCode = fc.constantFrom(...codes);

function anyStage(name: Stage): fc.Arbitrary<StageResult> {
  const status = fc.oneof(
    { weight: 9, arbitrary: fc.constant('pass' as const) },
    fc.constantFrom(...statuses),
  );
  return fc.tuple(status, anyCode, fc.constantFrom('', '  ', 'declared')).map(([it, code, reason]) => {
    if (it === 'pass') return stage(name, it);
    return stage(name, it, it === 'skip' ? { reason } : { reason, code });
  });
}

/** The first stages up to some point: a run may end anywhere. */
const anyStages = fc
  .tuple(fc.tuple(...STAGES.map(anyStage)), rarely(STAGES.length, fc.nat(STAGES.length)))
  .map(([all, reached]) => all.slice(0, reached));

export const anyOutcome: fc.Arbitrary<Outcome> = fc
  .record({
    wanted: fc.oneof(fc.constant([...STAGES]), fc.subarray([...STAGES], { minLength: 1 })),
    stages: anyStages,
    ended: rarely<Outcome['ended']>(undefined, fc.record({ code: anyCode, reason: fc.constant('it ended') })),
    baseBroken: rarely<string | undefined>(undefined, fc.constant('base 1.0.0+1: app: does not answer')),
    leaked: rarely(false, fc.constant(true)),
    deployCount: rarely<number | undefined>(1, fc.constantFrom(0, 2, undefined)),
    expectedDeploys: rarely(1, fc.nat(2)),
  })
  .map(({ wanted, ended, baseBroken, deployCount, ...rest }) => ({
    ...rest,
    wanted,
    stages: rest.stages.filter(({ name }) => wanted.includes(name)),
    deployCount,
    ...(ended ? { ended } : {}),
    ...(baseBroken === undefined ? {} : { baseBroken }),
  }));

import { z } from 'zod';
import type { Stage, StageResult, StageStatus } from './stages.ts';

/** A rung of the ladder: one or two stages, graded together. */
export const rungSchema = z.object({
  rung: z.number().int().min(1).max(5),
  name: z.string(),
  status: z.enum(['pass', 'fail', 'skip', 'unverified']),
  /** Why it is not `pass`. */
  reason: z.string().optional(),
});
export type Rung = z.infer<typeof rungSchema>;

/** From the lowest to the highest, with the stages that must all pass for the rung to pass. */
const LADDER: readonly { readonly name: string; readonly stages: readonly Stage[] }[] = [
  { name: 'install', stages: ['install'] },
  { name: 'upgrade', stages: ['upgrade'] },
  { name: 'backup and restore', stages: ['backup', 'restore'] },
  { name: 'custom', stages: ['custom'] },
  { name: 'lint', stages: ['lint'] },
];

interface Part {
  readonly status: Rung['status'];
  readonly reason?: string;
}

/**
 * Grades every rung. A stage that was wanted but never reached has proven nothing, so its rung is `unverified`; one that
 * was not asked for is a `skip`, which only a partial run has.
 */
export function gradeRungs(wanted: readonly Stage[], stages: readonly StageResult[]): Rung[] {
  return LADDER.map(({ name, stages: names }, index) => {
    const parts = names.map((stage) => partOf(stage, wanted, stages));
    // The gravest part speaks for the rung; a part that was skipped keeps it from being a pass.
    const part = (['fail', 'unverified', 'skip', 'pass'] as const)
      .map((status) => parts.find((candidate) => candidate.status === status))
      .find((found) => found !== undefined);
    return { rung: index + 1, name, ...(part ?? { status: 'unverified' }) };
  });
}

function partOf(name: Stage, wanted: readonly Stage[], stages: readonly StageResult[]): Part {
  const result = stages.find((stage) => stage.name === name);
  if (!result) {
    return wanted.includes(name)
      ? { status: 'unverified', reason: 'not reached' }
      : { status: 'skip', reason: 'not asked for' };
  }
  if (isUnreasoned(result)) return { status: 'unverified', reason: 'skipped without a reason' };
  const reason = result.reason ?? result.code;
  return {
    status: RUNG_STATUS[result.status],
    ...(result.status === 'pass' || reason === undefined ? {} : { reason }),
  };
}

const RUNG_STATUS: Record<StageStatus, Rung['status']> = {
  pass: 'pass',
  fail: 'fail',
  skip: 'skip',
  unverified: 'unverified',
  error: 'unverified',
};

/** A skip is legal only with a recorded reason (spec R-41). */
export function isUnreasoned({ status, reason }: StageResult): boolean {
  return status === 'skip' && (reason ?? '').trim() === '';
}

/** The highest rung that passed with every lower one passed or skipped; 0 when there is none. */
export function levelOf(rungs: readonly Rung[]): number {
  let level = 0;
  for (const { rung, status } of rungs) {
    if (status === 'fail' || status === 'unverified') break;
    if (status === 'pass') level = rung;
  }
  return level;
}

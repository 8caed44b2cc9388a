import { z } from 'zod';
import { verdictSchema, type Proof, type Verdict } from './results.ts';

/** A run of the whole lifecycle of the same recipe that is over. */
export const earlierRunSchema = z.object({ head: z.string(), verdict: verdictSchema });
export type EarlierRun = z.infer<typeof earlierRunSchema>;

/** How many whole runs are looked back on. */
export const EARLIER_RUNS = 30;
const AFTER_A_FLAKE = 3;

/**
 * The standard of proof (spec R-12): one green is enough, except for a recipe that has flaked. It has when the same
 * head both passed and failed; a lucky green after that proves nothing yet.
 *
 * @param earlier newest first
 */
export function proofOf(earlier: readonly EarlierRun[], now: EarlierRun): Proof {
  const all = [now, ...earlier];
  const heads = (verdict: Verdict) =>
    new Set(all.filter((run) => run.verdict === verdict).map(({ head }) => head));
  const failed = heads('failed');
  const flaked = [...heads('passed')].some((head) => failed.has(head));
  const firstOther = all.findIndex(({ verdict }) => verdict !== 'passed');
  return { greens: firstOther < 0 ? all.length : firstOther, needed: flaked ? AFTER_A_FLAKE : 1 };
}

import { z } from 'zod';
import { lintFindingSchema, type LintFinding } from './lint/finding.ts';
import { planSchema, type Plan } from './plan.ts';

/** Result of the workflow `recipePlan`: what a run would do, and what the linter says. */
export const recipeReadingSchema = z.object({
  plan: planSchema,
  /** Errors first. */
  findings: z.array(lintFindingSchema),
  /** How many findings and refusals there was no room for. */
  omitted: z.number().int().nonnegative(),
});
export type RecipeReading = z.infer<typeof recipeReadingSchema>;

/** Characters of a reading; with escapes and bytes beyond ASCII it stays below the 64 KiB of a payload. */
const BUDGET = 40_000;

/** The reading without what a payload has no room for: the last findings first, then the last refusals. */
export function fitReading(
  reading: { readonly plan: Plan; readonly findings: readonly LintFinding[] },
  budget = BUDGET,
): RecipeReading {
  const { refusals, ...rest } = reading.plan;
  let left = budget - JSON.stringify(rest).length;
  const fits = (one: unknown) => {
    left -= JSON.stringify(one).length + 1;
    return left >= 0;
  };
  const kept = { refusals: takeWhile(refusals, fits), findings: takeWhile(reading.findings, fits) };
  return {
    plan: { ...rest, refusals: kept.refusals },
    findings: kept.findings,
    omitted: refusals.length - kept.refusals.length + reading.findings.length - kept.findings.length,
  };
}

function takeWhile<T>(items: readonly T[], holds: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !holds(item));
  return items.slice(0, end < 0 ? items.length : end);
}

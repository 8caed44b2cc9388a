import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { LintFinding } from '../domain/lint/finding.ts';
import { runInputSchema, type RunInput } from '../domain/plan.ts';
import { fitReading, type RecipeReading } from '../domain/recipe-reading.ts';
import { hostSteps } from './activity-options.ts';

/** Bound on one reading of the recipe; a first fetch of a large repository takes the most of it. */
const READ_TIMEOUT_MS = 5 * 60_000;

/**
 * What a run of this input would do, and what the linter says about its head. Creates nothing: no environment, no guard,
 * no folder of a run. Fails with the code of the activity that could not read the recipe.
 */
export async function recipePlan(untrusted: RunInput): Promise<RecipeReading> {
  const parsed = runInputSchema.safeParse(untrusted);
  if (!parsed.success) throw ApplicationFailure.nonRetryable(parsed.error.message, 'E_INTERNAL');
  const input = parsed.data;
  const reading = { runId: workflowInfo().workflowId, unrecorded: true } as const;
  const what = `${input.recipe} at ${input.head.slice(0, 8)}`;
  const { prepare, lintRecipe } = hostSteps(input.host, READ_TIMEOUT_MS);
  const plan = await prepare.executeWithOptions({ summary: `read ${what}` }, [{ ...input, ...reading }]);
  let findings: readonly LintFinding[] = [];
  if (input.stages.includes('lint')) {
    const { base: _asked, ...request } = input;
    const base = plan.base ? { base: plan.base } : {};
    const linted = await lintRecipe.executeWithOptions({ summary: `lint ${what}` }, [
      { ...request, ...reading, ...base },
    ]);
    findings = linted.value;
  }
  return fitReading({ plan, findings });
}

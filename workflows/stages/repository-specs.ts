import { notApproved } from '../../domain/repository-specs.ts';
import { bounded } from '../activity-options.ts';
import { target, type StageContext } from './context.ts';
import type { StageFindings, Step } from './run-stage.ts';

/** More than the activity's own bound on specs, and on making and removing their containers. */
const LONGEST_MS = 12 * 60_000;

/**
 * What the specs of the head's own repository say. They count when they fail or do not verify; what passes is no merit,
 * because whoever proposes the change has written it. Where they may not run, the results say so.
 */
export async function repositorySpecs(
  context: StageContext,
  step: Step,
): Promise<Pick<StageFindings, 'assertions' | 'code' | 'unverified'>> {
  const { steps, facts, plan, app } = context;
  const found = plan.repositorySpecs;
  if (found === undefined) return { assertions: [] };
  if (!found.approved) return { assertions: [notApproved(app.recipe, found)] };
  const markers = facts.seeding?.markers ?? [];
  const outcome = await step("run the specs of the recipe's own repository", (summary) =>
    steps.runRepositorySpecs.executeWithOptions({ ...bounded(LONGEST_MS), summary }, [
      { ...target(context, 'custom'), markers },
    ]),
  );
  return {
    assertions: outcome.assertions,
    ...(outcome.code === undefined ? {} : { code: outcome.code }),
    ...(outcome.status === 'unverified'
      ? {
          unverified: outcome.reason ?? 'no spec of the repository verified anything',
          code: 'E_SPEC' as const,
        }
      : {}),
  };
}

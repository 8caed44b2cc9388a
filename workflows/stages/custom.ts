import type { StageResult } from '../../domain/stages.ts';
import { target, type StageContext } from './context.ts';
import { polls } from './install.ts';
import { repositorySpecs } from './repository-specs.ts';
import { runStage } from './run-stage.ts';
import { holds, runBefore, whileLoadingSpecs, type RunSpecs } from './specs.ts';

/**
 * Uses the app as the recipe's own specs do; right behind the restore, with whatever that left behind (spec R-03).
 * @param loaded runs the specs, when they have been loaded already
 */
export function custom(context: StageContext, loaded?: RunSpecs): Promise<StageResult> {
  return runStage(context.record, 'custom', async (step) => {
    const { steps, facts, plan } = context;
    const at = target(context, 'custom');
    await runBefore(context, 'custom', step);
    // A run of some stages only may not have written any yet, and specs read them.
    facts.seeding ??= await step('write markers', (summary) =>
      steps.seedMarkers.executeWithOptions({ summary }, [at]),
    );
    const found = loaded
      ? await loaded(step, [])
      : await whileLoadingSpecs(context, 'custom', (runSpecs) => runSpecs(step, []));
    if (!holds(found.assertions)) return found;
    const theirs = await repositorySpecs(context, step);
    if (!holds(theirs.assertions))
      return { ...found, ...theirs, assertions: [...found.assertions, ...theirs.assertions] };
    const steady = await step('assert that the app goes on running', (summary) =>
      steps.assertServing.executeWithOptions({ ...polls(context), summary }, [
        { ...at, minUpMs: plan.limits.steadyMs },
      ]),
    );
    const unproven = found.unverified ?? theirs.unverified;
    // What does not verify although it should is no reason to skip.
    const skips = !plan.specs.includes('custom') && unproven === undefined;
    return {
      ...found,
      ...theirs,
      assertions: [...found.assertions, ...theirs.assertions, ...steady],
      ...(skips ? { skip: 'the recipe has no specs of its own' } : {}),
    };
  });
}

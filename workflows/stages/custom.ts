import { target, type RunStage } from './context.ts';
import { polls } from './install.ts';
import { runStage } from './run-stage.ts';
import { holds, runBefore, whileLoadingSpecs } from './specs.ts';

/** Uses the app as the recipe's own specs do; right behind the restore, with whatever that left behind (spec R-03). */
export const custom: RunStage = (context) =>
  runStage(context.record, 'custom', async (step) => {
    const { steps, facts, plan } = context;
    const at = target(context, 'custom');
    await runBefore(context, 'custom', step);
    // A run of some stages only may not have written any yet, and specs read them.
    facts.seeding ??= await step('write markers', (summary) =>
      steps.seedMarkers.executeWithOptions({ summary }, [at]),
    );
    const found = await whileLoadingSpecs(context, 'custom', (runSpecs) => runSpecs(step, []));
    if (!holds(found.assertions)) return found;
    const steady = await step('assert that the app goes on running', (summary) =>
      steps.assertServing.executeWithOptions({ ...polls(context), summary }, [
        { ...at, minUpMs: plan.limits.steadyMs },
      ]),
    );
    return {
      ...found,
      assertions: [...found.assertions, ...steady],
      ...(plan.specs.includes('custom') ? {} : { skip: 'the recipe has no specs of its own' }),
    };
  });

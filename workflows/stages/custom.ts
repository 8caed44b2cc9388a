import type { RunStage } from './context.ts';
import { runStage } from './run-stage.ts';
import { runBefore, withSpecs } from './specs.ts';

/** Uses the app as the recipe's own specs do; right behind the restore, with whatever that left behind (spec R-03). */
export const custom: RunStage = (context) =>
  runStage(context.record, 'custom', async (step) => {
    if (!context.plan.specs.includes('custom')) {
      return { assertions: [], skip: 'the recipe has no specs of its own' };
    }
    await runBefore(context, 'custom', step);
    return withSpecs(context, 'custom', step, []);
  });

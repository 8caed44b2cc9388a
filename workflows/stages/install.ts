import { unreadiness } from '../../domain/dependencies.ts';
import { bounded } from '../activity-options.ts';
import { nameOf, target, type RunStage, type StageContext } from './context.ts';
import { runStage, type StageFindings, type Step } from './run-stage.ts';
import { proveHead } from './prove-head.ts';
import { holds, runBefore, whileLoadingSpecs, type RunSpecs } from './specs.ts';

/** On top of the polls over HTTP: the ready probes, one minute each at most. */
const PROBES_MS = 5 * 60_000;

/** Bounds of an assertion that polls over HTTP. */
export function polls({ plan }: StageContext): ReturnType<typeof bounded> {
  return bounded(plan.limits.httpTimeoutMs + PROBES_MS);
}

/** Deploys the app once, then asserts that it is installed: for every recipe, and with the recipe's own specs. */
export const install: RunStage = (context) => {
  const { steps, plan, app } = context;
  const timeoutMs = plan.limits.deployTimeoutMs;
  const body = async (step: Step, runSpecs: RunSpecs): Promise<StageFindings> => {
    const at = target(context, 'install');
    const what = `${app.recipe} ${nameOf(at.version)}`;
    await step(`deploy ${what}`, (summary) => steps.deployApp.executeWithOptions({ summary }, [at]));
    await step(`wait until ${what} has converged`, (summary) =>
      steps.awaitConverged.executeWithOptions({ summary }, [{ ...at, timeoutMs }]),
    );
    await runBefore(context, 'install', step);
    const generic = await step(`assert that ${what} is installed`, (summary) =>
      steps.assertInstalled.executeWithOptions({ ...polls(context), summary }, [at]),
    );
    if (!holds(generic) || !at.version.chaos) return runSpecs(step, generic);
    const proof = await proveHead(context, 'install', step);
    if (!holds(proof)) return { assertions: [...generic, ...proof], code: 'E_NOT_HEAD' };
    return runSpecs(step, [...generic, ...proof]);
  };
  return runStage(context.record, 'install', async (step) => {
    // Before the specs are loaded: they are told of it.
    await wire(context, step);
    return whileLoadingSpecs(context, 'install', (runSpecs) => body(step, runSpecs));
  });
};

/** What is not ready cannot be wired to: the app is deployed without it. */
async function wire(context: StageContext, step: Step): Promise<void> {
  const { steps, facts, plan, app } = context;
  if (!plan.deps?.length || unreadiness(facts.dependencies ?? []) !== undefined) return;
  const at = target(context, 'install');
  await step(`wire ${app.recipe} to ${plan.deps.join(', ')}`, (summary) =>
    steps.wireApp.executeWithOptions({ summary }, [at]),
  );
}

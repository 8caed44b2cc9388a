import { uuid4 } from '@temporalio/workflow';
import type { DependencyResult } from '../../domain/dependencies.ts';
import type { SpecDependency } from '../../domain/spec-context.ts';
import type { Assertion, Stage } from '../../domain/stages.ts';
import { bounded } from '../activity-options.ts';
import { beside } from '../beside.ts';
import { target, type StageContext } from './context.ts';
import type { StageFindings, Step } from './run-stage.ts';

/** Runs the step that the recipe has before the operation of a stage. */
export async function runBefore(context: StageContext, stage: Stage, step: Step): Promise<void> {
  if (!context.plan.before.includes(stage)) return;
  await step(`run the recipe's own step before ${stage}`, (summary) =>
    context.steps.runBefore.executeWithOptions({ summary }, [target(context, stage)]),
  );
}

export function holds(assertions: readonly Assertion[]): boolean {
  return assertions.every((assertion) => assertion.ok);
}

/** On top of the operations of a stage: its assertions, each with a bound of its own. */
const ASSERTIONS_MS = 30 * 60_000;

/** Adds the specs of a stage to what holds for every recipe; where that is broken already they are not run. */
export type RunSpecs = (step: Step, generic: readonly Assertion[]) => Promise<StageFindings>;

/**
 * Runs the body, mostly that of the stage, while the specs of a stage are loaded, which takes a second; they begin when the body lets them, against
 * the app and the markers as they are now.
 */
export function whileLoadingSpecs<R>(
  context: StageContext,
  stage: Stage,
  body: (runSpecs: RunSpecs) => Promise<R>,
): Promise<R> {
  const { steps, facts, plan } = context;
  if (!plan.specs.includes(stage)) return body((_step, assertions) => Promise.resolve({ assertions }));
  const at = target(context, stage);
  const markers = facts.seeding?.markers ?? [];
  const dependencies = facts.dependencies?.map(specDependency);
  const { deployTimeoutMs, backupTimeoutMs, restoreTimeoutMs } = plan.limits;
  const waitMs = Math.max(deployTimeoutMs, backupTimeoutMs, restoreTimeoutMs) + ASSERTIONS_MS;
  const summary = `run the specs of ${stage}`;
  const options = { ...bounded(waitMs + deployTimeoutMs), summary };
  // Of this pass alone: after a reset the stage may come once more in the same environment.
  const turn = uuid4();
  const run = () =>
    steps.runSpecs.executeWithOptions(options, [
      { ...at, markers, turn, waitMs, ...(dependencies === undefined ? {} : { dependencies }) },
    ]);
  return beside(run, (outcome) =>
    body(async (step, generic) => {
      if (!holds(generic)) return { assertions: generic };
      const specs = await step(summary, async () => {
        await steps.allowSpecs.executeWithOptions({ summary: `let the specs of ${stage} begin` }, [
          { ...at, turn },
        ]);
        return outcome;
      });
      return {
        assertions: [...generic, ...specs.assertions],
        specs: specs.counts,
        ...(specs.code === undefined ? {} : { code: specs.code }),
        ...(specs.status === 'unverified'
          ? { unverified: specs.reason ?? 'no spec verified anything', code: 'E_SPEC' as const }
          : {}),
      };
    }),
  );
}

function specDependency({
  recipe,
  domain,
  ready,
  reason = 'no reason given',
}: DependencyResult): SpecDependency {
  return { recipe, domain, ...(ready ? {} : { unready: reason }) };
}

import type { Assertion, Stage } from '../../domain/stages.ts';
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

/** Adds the specs of a stage to what holds for every recipe; where that is broken already they are not run. */
export async function withSpecs(
  context: StageContext,
  stage: Stage,
  step: Step,
  generic: readonly Assertion[],
): Promise<StageFindings> {
  if (!holds(generic) || !context.plan.specs.includes(stage)) return { assertions: generic };
  const markers = context.facts.seeding?.markers ?? [];
  const specs = await step(`run the specs of ${stage}`, (summary) =>
    context.steps.runSpecs.executeWithOptions({ summary }, [{ ...target(context, stage), markers }]),
  );
  return {
    assertions: [...generic, ...specs.assertions],
    specs: specs.counts,
    ...(specs.code === undefined ? {} : { code: specs.code }),
    ...(specs.status === 'unverified'
      ? { unverified: specs.reason ?? 'no spec verified anything', code: 'E_SPEC' as const }
      : {}),
  };
}

import { chaosVersion } from '../../domain/labels.ts';
import type { Assertion, Stage } from '../../domain/stages.ts';
import { nameOf, target, type StageContext } from './context.ts';
import type { Step } from './run-stage.ts';
import { holds } from './specs.ts';

/** Asserts that what runs is the head. */
export async function proveHead(
  context: StageContext,
  stage: Stage,
  step: Step,
): Promise<readonly Assertion[]> {
  const at = target(context, stage);
  const proof = await step(`prove that ${nameOf(at.version)} runs`, (summary) =>
    context.steps.assertVersion.executeWithOptions({ summary }, [at]),
  );
  if (holds(proof)) context.facts.chaosVersion = chaosVersion(at.version);
  return proof;
}

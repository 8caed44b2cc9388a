import type { Seeding } from '../../domain/markers.ts';
import type { Assertion } from '../../domain/stages.ts';
import { nameOf, target, type RunStage, type StageContext } from './context.ts';
import { polls } from './install.ts';
import { runStage, type StageFindings, type Step } from './run-stage.ts';
import { proveHead } from './prove-head.ts';
import { holds, runBefore, whileLoadingSpecs, type RunSpecs } from './specs.ts';
import { unlessProven, unprovenData } from './unproven.ts';

/** Deploys the head over the base that runs, and asserts that the head runs and that the data is still there. */
export const upgrade: RunStage = (context) => {
  const { steps, plan, facts } = context;
  return runStage(context.record, 'upgrade', async (step) => {
    // Replicas and a first answer are not enough: what still starts would be killed half-way (spec R-16).
    const ready = await step(`assert that ${nameOf(facts.version)} is ready`, (summary) =>
      steps.assertServing.executeWithOptions({ ...polls(context), summary }, [target(context, 'upgrade')]),
    );
    // The head has not been touched yet.
    if (!holds(ready)) return { assertions: ready, code: 'E_BASE_BROKEN' };
    await runBefore(context, 'upgrade', step);
    const seeding = await step('write markers', (summary) =>
      steps.seedMarkers.executeWithOptions({ summary }, [target(context, 'upgrade')]),
    );
    const from = nameOf(facts.version);
    Object.assign(facts, { seeding, version: plan.head });
    return whileLoadingSpecs(context, 'upgrade', (runSpecs) =>
      toHead(context, { from, seeding, step, runSpecs }),
    );
  });
};

interface FromBase {
  /** The version that ran before. */
  readonly from: string;
  /** What was written while it ran. */
  readonly seeding: Seeding;
  readonly step: Step;
  readonly runSpecs: RunSpecs;
}

/** The upgrade itself, from the deploy of the head on. */
async function toHead(
  context: StageContext,
  { from, seeding, step, runSpecs }: FromBase,
): Promise<StageFindings> {
  const { steps, plan, app, facts } = context;
  const timeoutMs = plan.limits.deployTimeoutMs;
  const at = target(context, 'upgrade');
  const { downtime } = await step(`upgrade ${app.recipe} ${from} → ${nameOf(plan.head)}`, (summary) =>
    steps.upgradeApp.executeWithOptions({ summary }, [{ ...at, timeoutMs }]),
  );
  facts.downtime = downtime;
  const proof = await proveHead(context, 'upgrade', step);
  if (!holds(proof)) return { assertions: proof, code: 'E_NOT_HEAD' };
  const serving = await step('assert that the app is in use again', (summary) =>
    steps.assertServing.executeWithOptions({ ...polls(context), summary }, [at]),
  );
  if (!holds(serving)) return { assertions: [...proof, ...serving] };
  const { markers, keepsData } = seeding;
  const data =
    markers.length === 0
      ? noData(keepsData)
      : await step('look for the markers', (summary) =>
          steps.checkMarkers.executeWithOptions({ summary }, [{ ...at, markers, expected: 'original' }]),
        );
  const generic = [...proof, ...serving, ...data];
  if (!holds(data)) return { assertions: generic, code: 'E_DATA_LOST' };
  return unlessProven(unprovenData(seeding), await runSpecs(step, generic));
}

function noData(keepsData: boolean): readonly Assertion[] {
  if (keepsData) return [];
  return [{ name: 'there is no data to lose', ok: true, detail: 'no service of the app mounts a volume' }];
}

import type { Assertion } from '../../domain/stages.ts';
import { nameOf, target, type RunStage } from './context.ts';
import { polls } from './install.ts';
import { runStage } from './run-stage.ts';
import { holds, runBefore, withSpecs } from './specs.ts';

/** Deploys the head over the base that runs, and asserts that the head runs and that the data is still there. */
export const upgrade: RunStage = (context) => {
  const { steps, plan, app, facts } = context;
  const timeoutMs = plan.limits.deployTimeoutMs;
  return runStage(context.record, 'upgrade', async (step) => {
    // Replicas and a first answer are not enough: what still starts would be killed half-way (spec R-16).
    const ready = await step(`assert that ${nameOf(facts.version)} is ready`, (summary) =>
      steps.assertServing.executeWithOptions({ ...polls(context), summary }, [target(context, 'upgrade')]),
    );
    if (!holds(ready)) return { assertions: ready };
    await runBefore(context, 'upgrade', step);
    const seeding = await step('write markers', (summary) =>
      steps.seedMarkers.executeWithOptions({ summary }, [target(context, 'upgrade')]),
    );
    const from = nameOf(facts.version);
    Object.assign(facts, { seeding, version: plan.head });
    const at = target(context, 'upgrade');
    const { downtime } = await step(`upgrade ${app.recipe} ${from} → ${nameOf(plan.head)}`, (summary) =>
      steps.upgradeApp.executeWithOptions({ summary }, [{ ...at, timeoutMs }]),
    );
    facts.downtime = downtime;
    const proof = await step(`prove that ${nameOf(plan.head)} runs`, (summary) =>
      steps.assertVersion.executeWithOptions({ summary }, [at]),
    );
    if (!holds(proof)) return { assertions: proof, code: 'E_NOT_HEAD' };
    const serving = await step('assert that the app is in use again', (summary) =>
      steps.assertServing.executeWithOptions({ ...polls(context), summary }, [at]),
    );
    if (!holds(serving)) return { assertions: [...proof, ...serving] };
    const { markers, keepsData } = seeding;
    if (markers.length === 0) {
      const found = await withSpecs(context, 'upgrade', step, [...proof, ...serving, ...noData(keepsData)]);
      return keepsData ? { unverified: 'no marker could be placed in the data of the app', ...found } : found;
    }
    const data = await step('look for the markers', (summary) =>
      steps.checkMarkers.executeWithOptions({ summary }, [{ ...at, markers, expected: 'original' }]),
    );
    const generic = [...proof, ...serving, ...data];
    if (!holds(data)) return { assertions: generic, code: 'E_DATA_LOST' };
    return withSpecs(context, 'upgrade', step, generic);
  });
};

function noData(keepsData: boolean): Assertion[] {
  if (keepsData) return [];
  return [{ name: 'there is no data to lose', ok: true, detail: 'no service of the app mounts a volume' }];
}

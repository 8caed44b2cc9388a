import type { Snapshot } from '../../domain/backup.ts';
import type { StageResult } from '../../domain/stages.ts';
import { bounded } from '../activity-options.ts';
import { target, type StageContext } from './context.ts';
import { polls } from './install.ts';
import { runStage, type StageFindings, type Step } from './run-stage.ts';
import { holds, runBefore, whileLoadingSpecs, type RunSpecs } from './specs.ts';
import { unlessProven, unprovenBackup } from './unproven.ts';

/** How long writing is tried for one marker, and a little more (spec R-30). */
const WRITABLE_MS = 120_000;

/** Destroys the markers, restores the snapshot, and asserts that they are back and that the app takes changes. */
export function restore(context: StageContext, snapshot: Snapshot): Promise<StageResult> {
  return runStage(context.record, 'restore', (step) =>
    whileLoadingSpecs(context, 'restore', (runSpecs) => bringBack(context, snapshot, step, runSpecs)),
  );
}

async function bringBack(
  context: StageContext,
  snapshot: Snapshot,
  step: Step,
  runSpecs: RunSpecs,
): Promise<StageFindings> {
  const { steps, plan, facts } = context;
  const at = target(context, 'restore');
  const markers = (facts.seeding?.markers ?? []).filter(({ backedUp }) => backedUp);
  await runBefore(context, 'restore', step);
  await step('destroy the markers', (summary) =>
    steps.destroyMarkers.executeWithOptions({ summary }, [{ ...at, markers }]),
  );
  const gone = await step('assert that the markers are gone', (summary) =>
    steps.checkMarkers.executeWithOptions({ summary }, [{ ...at, markers, expected: 'absent' }]),
  );
  // Without this the restore could not be seen: a marker that is still there proves nothing afterwards.
  if (!holds(gone)) return { assertions: gone, code: 'E_MARKER' };
  await step(`restore snapshot ${snapshot.id.slice(0, 8)}`, (summary) =>
    steps.restoreBackup.executeWithOptions({ ...bounded(plan.limits.restoreTimeoutMs), summary }, [
      { ...at, snapshot },
    ]),
  );
  const timeoutMs = plan.limits.deployTimeoutMs;
  await step('wait until the app has settled', (summary) =>
    steps.awaitConverged.executeWithOptions({ summary }, [{ ...at, timeoutMs }]),
  );
  const serving = await step('assert that the app is in use again', (summary) =>
    steps.assertServing.executeWithOptions({ ...polls(context), summary }, [at]),
  );
  const done = [...gone, ...serving];
  if (!holds(serving)) return { assertions: done };
  const back = await step('look for the markers', (summary) =>
    steps.checkMarkers.executeWithOptions({ summary }, [{ ...at, markers, expected: 'original' }]),
  );
  if (!holds(back)) return { assertions: [...done, ...back], code: 'E_RESTORE_LOST' };
  const writable = await step('assert that the app takes changes', (summary) =>
    steps.assertWritable.executeWithOptions({ ...bounded(markers.length * WRITABLE_MS), summary }, [
      { ...at, markers },
    ]),
  );
  const generic = [...done, ...back, ...writable];
  if (!holds(writable)) return { assertions: generic, code: 'E_NOT_WRITABLE' };
  const found = await runSpecs(step, generic);
  return unlessProven(facts.seeding && unprovenBackup(facts.seeding), found);
}

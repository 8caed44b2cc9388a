import type { Seeding } from '../../domain/markers.ts';
import { bounded } from '../activity-options.ts';
import { target, type RunStage, type StageContext } from './context.ts';
import { polls } from './install.ts';
import { runStage, type StageFindings, type Step } from './run-stage.ts';
import { holds, runBefore, whileLoadingSpecs, type RunSpecs } from './specs.ts';
import { unlessProven, unprovenBackup } from './unproven.ts';

/** Backs the app up as its labels say, and looks into the snapshot. */
export const backup: RunStage = (context) => {
  const { steps, facts } = context;
  return runStage(context.record, 'backup', async (step) => {
    const at = target(context, 'backup');
    await runBefore(context, 'backup', step);
    const seeding = await step('write markers', (summary) =>
      steps.seedMarkers.executeWithOptions({ summary }, [{ ...at, known: facts.seeding?.markers ?? [] }]),
    );
    facts.seeding = seeding;
    return whileLoadingSpecs(context, 'backup', (runSpecs) => save(context, { seeding, step, runSpecs }));
  });
};

interface Seeded {
  readonly seeding: Seeding;
  readonly step: Step;
  readonly runSpecs: RunSpecs;
}

/** The backup itself, once the markers are in the app. */
async function save(context: StageContext, { seeding, step, runSpecs }: Seeded): Promise<StageFindings> {
  const { steps, plan, facts } = context;
  const at = target(context, 'backup');
  const markers = seeding.markers.filter(({ backedUp }) => backedUp);
  const { snapshot, attempts, declared } = await step('back up and look into the snapshot', (summary) =>
    steps.createBackup.executeWithOptions({ ...bounded(plan.limits.backupTimeoutMs), summary }, [
      { ...at, markers },
    ]),
  );
  const last = attempts.at(-1);
  if (!last) {
    // What is marked as saved was found by the same labels, so somebody is wrong.
    if (markers.length > 0)
      return { assertions: [], unverified: 'the labels ask for a backup, and none was made' };
    if (declared !== undefined) return { assertions: [], unverified: declared };
    return { assertions: [], skip: 'no service has a label that asks for a backup' };
  }
  facts.backupAttempts = attempts;
  const saved = {
    name: 'the snapshot holds what the labels promise',
    ok: snapshot !== undefined,
    detail:
      snapshot === undefined
        ? `attempt ${last.attempt}: ${last.faults.join('; ')}`
        : `${last.files} files, ${last.bytes} bytes, attempt ${last.attempt}`,
    code: last.code ?? 'E_BACKUP_INCOMPLETE',
  };
  if (snapshot === undefined) return { assertions: [saved] };
  facts.snapshot = snapshot;
  const serving = await step('assert that the app is in use', (summary) =>
    steps.assertServing.executeWithOptions({ ...polls(context), summary }, [at]),
  );
  if (!holds(serving)) return { assertions: [saved, ...serving] };
  const found = await runSpecs(step, [saved, ...serving]);
  return unlessProven(unprovenBackup(seeding), found);
}

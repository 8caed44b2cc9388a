import type { Limits, Version } from '../domain/plan.ts';
import type { StageResult } from '../domain/stages.ts';
import { bounded, hostSteps } from './activity-options.ts';
import type { OpenEnvironment } from './environment.ts';
import type { RunRecord } from './run-record.ts';
import { runStage } from './run-stage.ts';

/** On top of the polls over HTTP: the ready probes, one minute each at most. */
const PROBES_MS = 5 * 60_000;

/** Deploys the app once, then asserts that it is installed: for every recipe, and with the recipe's own specs. */
export function install(
  record: RunRecord,
  opened: OpenEnvironment,
  version: Version,
  limits: Limits,
): Promise<StageResult> {
  const { environment } = opened;
  const steps = hostSteps(environment.host, limits.deployTimeoutMs);
  return runStage(record, 'install', async (step) => {
    const app = environment.apps.at(-1);
    if (!app) throw new Error('an environment has at least one app');
    const target = { environment, app, version };
    const what = `${app.recipe} ${version.tag ?? version.commit.slice(0, 8)}`;
    await step(`deploy ${what}`, (summary) => steps.deployApp.executeWithOptions({ summary }, [target]));
    await step(`wait until ${what} has converged`, (summary) =>
      steps.awaitConverged.executeWithOptions({ summary }, [
        { ...target, timeoutMs: limits.deployTimeoutMs },
      ]),
    );
    const polls = bounded(limits.httpTimeoutMs + PROBES_MS);
    const generic = await step(`assert that ${what} is installed`, (summary) =>
      steps.assertInstalled.executeWithOptions({ ...polls, summary }, [target]),
    );
    if (generic.some((assertion) => !assertion.ok)) return { assertions: generic };
    const specs = await step('run the install specs', (summary) =>
      steps.runSpecs.executeWithOptions({ summary }, [{ ...target, stage: 'install' }]),
    );
    return {
      assertions: [...generic, ...specs.assertions],
      ...(specs.code === undefined ? {} : { code: specs.code }),
      ...(specs.status === 'unverified' ? { unverified: specs.reason ?? 'no spec verified anything' } : {}),
    };
  });
}

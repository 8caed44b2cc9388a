import type { Limits, Version } from '../domain/plan.ts';
import type { OpenEnvironment } from './environment.ts';
import { hostSteps } from './activity-options.ts';
import type { RunRecord } from './run-record.ts';
import { runStage } from './run-stage.ts';
import type { StageResult } from '../domain/stages.ts';

/** Deploys the app once, then asserts that it is installed: for every recipe, and with the recipe's own specs. */
export function install(
  record: RunRecord,
  opened: OpenEnvironment,
  version: Version,
  limits: Limits,
): Promise<StageResult> {
  const { environment } = opened;
  const steps = hostSteps(environment.host, limits.deployTimeoutMs);
  return runStage(record, 'install', async (doing) => {
    const app = environment.apps.at(-1);
    if (!app) throw new Error('an environment has at least one app');
    const target = { environment, app, version };
    const what = `${app.recipe} ${version.tag ?? version.commit.slice(0, 8)}`;
    await steps.deployApp.executeWithOptions({ summary: doing(`deploy ${what}`) }, [target]);
    await steps.awaitConverged.executeWithOptions({ summary: doing(`wait until ${what} has converged`) }, [
      { ...target, timeoutMs: limits.deployTimeoutMs },
    ]);
    const generic = await steps.assertInstalled.executeWithOptions(
      { summary: doing(`assert that ${what} is installed`) },
      [target],
    );
    if (generic.some((assertion) => !assertion.ok)) return { assertions: generic };
    const specs = await steps.runSpecs.executeWithOptions({ summary: doing('run the install specs') }, [
      { ...target, stage: 'install' },
    ]);
    return {
      assertions: [...generic, ...specs.assertions],
      ...(specs.code === undefined ? {} : { code: specs.code }),
      ...(specs.status === 'unverified' ? { unverified: specs.reason ?? 'no spec verified anything' } : {}),
    };
  });
}

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateInFile } from '../../../activities/platform/dummy/dummy-state.ts';
import { runJanitor } from '../../../client/janitor.ts';
import { clientConfigSchema } from '../../../domain/config.ts';
import { markLabels } from '../../../domain/labels.ts';
import type { FaultCase, Struck } from '../case.ts';
import { docker } from '../docker.ts';
import type { Lane, PlatformName } from '../lane.ts';
import { guardOf, killWorker } from '../strikes.ts';
import { faultCase, INSTALL, slowed } from './build.ts';

/** Between the two looks; ten minutes on a schedule. */
const CONFIRM_AFTER_MS = 2_000;

/** Has the janitor find what has lost its owners. */
export async function reclaim({ lane }: Pick<Struck, 'lane'>): Promise<void> {
  const config = clientConfigSchema.parse(lane.env);
  const request = { reclaim: true, confirmAfterMs: CONFIRM_AFTER_MS, trustNamespace: false };
  const { alert } = await runJanitor(lane.client, config, request, () => undefined);
  if (alert) throw new Error(`the janitor stopped: ${JSON.stringify(alert)}`);
}

/** Nobody is left who would remove the environment, until the janitor comes. */
async function endBoth(run: Struck): Promise<void> {
  const { client, runId } = run;
  const guard = await guardOf(run);
  await Promise.all([guard, runId].map((id) => client.workflow.getHandle(id).terminate('a fault')));
  await reclaim(run);
}

/** The guard has reported and ended, and the run that was to write the results does not come to it. */
async function endUnreported(run: Struck): Promise<void> {
  await run.client.workflow.getHandle(run.runId).terminate('a fault');
  await killWorker(run);
  await reclaim(run);
}

/** Objects of an environment whose run and guard nobody has heard of. */
async function plant(lane: Lane): Promise<void> {
  const environment = randomUUID();
  const run = `run-sample-${'0'.repeat(12)}-000000`;
  const { instance } = lane;
  if (lane.platform === 'dummy') {
    stateInFile(
      join(lane.env['CCI_DATA'] ?? '', 'dummy-platform.json'),
      {},
    )(({ objects }) => {
      const of = { environmentId: environment, instance, runId: run, stack: 'dead_ci_test' };
      objects.push({ kind: 'volume', name: 'dead_ci_test_data', ...of });
    });
    return;
  }
  const folder = lane.paths.environment(environment).files;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tree'), 'left of a run that is long gone\n');
  const labels = Object.entries(markLabels({ instance, run, environment, deploy: 'dead' }));
  const given = labels.flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const name = `dead-${environment.slice(0, 8)}`;
  await docker(lane.env, ['volume', 'create', ...given, `${name}-data`]);
  await docker(lane.env, ['network', 'create', '--driver', 'overlay', ...given, `${name}-net`]);
  const program = ['debian:bookworm-slim', 'sleep', 'infinity'];
  await docker(lane.env, [
    'service',
    'create',
    '--detach',
    '--quiet',
    ...given,
    '--name',
    `${name}-app`,
    ...program,
  ]);
}

function orphans(platform: PlatformName): FaultCase[] {
  const at = { activity: 'awaitConverged', moment: platform === 'dummy' ? 'before' : 'middle' } as const;
  const steps = platform === 'dummy' ? { steps: slowed('converged') } : {};
  const common = { platform, at, stages: INSTALL, ...steps } as const;
  return [
    faultCase({
      ...common,
      fault: 'run and guard terminated',
      strike: endBoth,
      expect: { verdict: 'cancelled', code: 'E_TERMINATED' },
    }),
    faultCase({
      platform,
      at: { activity: 'writeResults', moment: 'before' },
      stages: INSTALL,
      fault: 'run terminated, its guard through',
      strike: endUnreported,
      expect: { verdict: 'cancelled', code: 'E_TERMINATED' },
    }),
    faultCase({
      ...common,
      fault: 'leftovers of a dead run',
      prepare: plant,
      // The living run beside them goes on.
      strike: reclaim,
      expect: { verdict: 'passed', environments: 2 },
    }),
  ];
}

export const ORPHANS: readonly FaultCase[] = [...orphans('dummy'), ...orphans('swarm')];

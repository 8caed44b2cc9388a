import { cp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../../client/config.ts';
import { nameOf, type FaultCase } from './case.ts';
import { DockerWatch } from './docker-watch.ts';
import { allObjects } from './invariants/leftovers.ts';
import { Lane, type PlatformName } from './lane.ts';
import type { Ablation } from './points.ts';
import { runCase } from './run-case.ts';

export interface JudgedCase {
  readonly one: FaultCase;
  readonly verdict: string;
  readonly violations: readonly string[];
  readonly recoverySeconds: number | undefined;
  readonly seconds: number;
}

/** So many lanes at once, by platform: a machine with two cores serves these well. */
export type Lanes = Readonly<Record<PlatformName, number>>;
export const LANES: Lanes = { dummy: 3, swarm: 3 };
/** How often a fault that came too late is tried again. */
const TRIES = 4;

/**
 * Runs cases side by side on lanes of their own, then those that need the machine for themselves one by one, and tells each
 * outcome as it comes. The last violations are those of the bystanders: what was on the daemon before must be there.
 */
export async function runMatrix(
  cases: readonly FaultCase[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly lanes: Lanes;
    readonly without?: Ablation | undefined;
    readonly tell: (judged: JudgedCase) => void;
  },
): Promise<readonly string[]> {
  const { env, lanes, without, tell } = options;
  const watch = new DockerWatch(env['CCI_DOCKER_BIN'] ?? '', env['CCI_DOCKER_HOST'] ?? '');
  const others = await allObjects(env);
  const serve = async (platform: PlatformName, waiting: FaultCase[]) => {
    let lane: Lane | undefined;
    try {
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        lane ??= await Lane.open(platform, without);
        const judged = await judge(lane, watch, one);
        tell(judged);
        if (judged.broken) {
          await keepEvidence(lane, one);
          await lane.close();
          lane = undefined;
        }
      }
    } finally {
      await lane?.close();
    }
  };
  try {
    const platforms = Object.keys(lanes) as PlatformName[];
    const beside = platforms.flatMap((platform) => {
      const waiting = cases.filter((one) => one.platform === platform && one.alone !== true);
      const count = Math.min(lanes[platform], waiting.length);
      return Array.from({ length: count }, () => serve(platform, waiting));
    });
    // One that breaks must not leave the others behind.
    const ended = await Promise.allSettled(beside);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    for (const platform of platforms) {
      await serve(
        platform,
        cases.filter((one) => one.platform === platform && one.alone === true),
      );
    }
    const now = await allObjects(env);
    return [
      ...others.filter((name) => !now.includes(name)).map((name) => `somebody else's ${name} is gone`),
      ...now.filter((name) => !others.includes(name)).map((name) => `somebody else's ${name} has appeared`),
    ];
  } finally {
    await watch.stop();
  }
}

/** What is left to find out why: the artefacts of the lane's runs and what its workers have said. */
async function keepEvidence(lane: Lane, one: FaultCase): Promise<void> {
  const folder = join(ROOT, 'artefacts', 'fault', nameOf(one).replace(/[^a-z0-9]+/gi, '-'));
  await rm(folder, { recursive: true, force: true });
  for (const path of [
    dirname(lane.paths.run('any')),
    dirname(lane.paths.environment('any').root),
    lane.logFile,
  ]) {
    // A run that never began has none.
    await cp(path, join(folder, basename(path)), { recursive: true }).catch(() => undefined);
  }
}

async function judge(
  lane: Lane,
  watch: DockerWatch,
  one: FaultCase,
): Promise<JudgedCase & { readonly broken: boolean }> {
  const startedMs = Date.now();
  const judged = (outcome: {
    verdict: string;
    violations: readonly string[];
    recoverySeconds: number | undefined;
  }) => ({
    one,
    ...outcome,
    seconds: Math.round((Date.now() - startedMs) / 100) / 10,
  });
  for (let tried = 1; ; tried += 1) {
    try {
      const outcome = await runCase(lane, watch, one);
      if (!outcome.late) return { ...judged(outcome), broken: outcome.violations.length > 0 };
      if (tried < TRIES) continue;
      return { ...judged({ ...outcome, violations: ['the fault always came too late'] }), broken: false };
    } catch (error) {
      const violations = [
        `${nameOf(one)} did not run through: ${error instanceof Error ? error.message : String(error)}`,
      ];
      return { ...judged({ verdict: 'none', violations, recoverySeconds: undefined }), broken: true };
    }
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { startRun, runIdOf } from '../../client/start-run.ts';
import { guardId } from '../../domain/ids.ts';
import { resultsSchema, type Results } from '../../domain/results.ts';
import type { FaultCase, Struck } from './case.ts';
import type { DockerWatch } from './docker-watch.ts';
import { faultsOfArtefacts } from './invariants/artefacts.ts';
import { faultsOfChanges } from './invariants/changes.ts';
import { leftovers } from './invariants/leftovers.ts';
import { Canaries, faultsOfCanaries, faultsOfSecrets } from './invariants/secrets.ts';
import type { Lane } from './lane.ts';
import { middleOf } from './middle.ts';
import type { Reached } from './points.ts';
import { nextProgress } from './recovery.ts';
import { until } from './until.ts';
import { inputOf } from './world.ts';

const REACH_MS = 240_000;
const END_MS = 400_000;
/** From the end of the run until its environment must be gone. */
const EMPTY_MS = 60_000;
/** Long enough for something that still runs to make an object again. */
const SETTLED_MS = 1_000;

export interface CaseOutcome {
  readonly verdict: string;
  readonly violations: readonly string[];
  /** From the fault to the next progress by somebody else, or to the verified removal where nobody goes on. */
  readonly recoverySeconds: number | undefined;
  /** The fault came when what it was to hit was over: nothing was tested. */
  readonly late: boolean;
}

/** Runs a case on a lane and lets the observer judge. Rejects when the run could not even be brought to the point. */
export async function runCase(lane: Lane, watch: DockerWatch, one: FaultCase): Promise<CaseOutcome> {
  const known = new Set(lane.environments);
  const canaries = new Canaries(lane);
  try {
    await lane.allWorkers();
    lane.steer(one.steps ?? {});
    await one.prepare?.(lane);
    const input = await inputOf(lane, one);
    const runId = runIdOf(input);
    const armed = lane.arm(one.at && middleOf(one.at).point);
    const sinceMs = Date.now();
    if (one.start) await one.start(lane, input);
    else await startRun(lane.client, input);
    const reached =
      armed && (await until(`the run reaches ${one.place}`, REACH_MS, () => lane.reached(armed)));
    const release = () => {
      if (armed) lane.release(armed);
    };
    if (one.at?.moment === 'middle') {
      release();
      await delay(middleOf(one.at).afterMs);
    }
    const struck: Struck = { lane, client: lane.client, input, runId, reached, release };
    const struckMs = Date.now();
    await one.strike(struck);
    lane.arm(undefined);
    release();

    const results = await resultsOf(lane, runId, sinceMs);
    const environments = lane.environments.filter((id) => !known.has(id));
    const workflows = [runId, ...environments.map((id) => guardId(runId, id))];
    await allClosed(lane, workflows);
    const emptyMs = Date.now();
    const violations = [
      ...(await judge(one, struck, results)),
      ...faultsOfChanges(lane, environments, watch.events, results),
      ...faultsOfArtefacts(lane.paths, runId),
      ...faultsOfCanaries(lane, results, canaries.values),
      ...faultsOfSecrets(lane, runId, canaries.values),
      ...(await staysEmpty(lane)),
    ];
    const wanted = one.expect.environments ?? (results.environmentId === undefined ? 0 : 1);
    if (environments.length !== wanted)
      violations.push(`${environments.length} environments instead of ${wanted}`);
    const progress = await progressOf(lane, workflows, one, reached, struckMs);
    return {
      verdict: results.verdict,
      violations,
      recoverySeconds: seconds(struckMs, one.takesOver === true ? progress : emptyMs),
      late: one.at?.moment === 'middle' && one.takesOver === true && progress === undefined,
    };
  } finally {
    canaries.stop();
    lane.arm(undefined);
    await one.after?.(lane);
  }
}

function seconds(fromMs: number, toMs: number | undefined): number | undefined {
  return toMs === undefined ? undefined : Math.round((toMs - fromMs) / 10) / 100;
}

async function judge(one: FaultCase, struck: Struck, results: Results): Promise<string[]> {
  const { verdict, code } = one.expect;
  const wrong =
    results.verdict === verdict && (code === undefined || results.code === code)
      ? []
      : [
          `verdict ${results.verdict} (${results.code ?? 'no code'}: ${results.reason ?? ''}) instead of ${verdict}` +
            (code === undefined ? '' : ` (${code})`),
        ];
  const deploys = verdict === 'passed' && results.deployCount !== results.expectedDeploys;
  return [
    ...wrong,
    ...(results.leaked && verdict !== 'leaked' ? ['the run says that it leaked'] : []),
    ...(deploys ? [`${String(results.deployCount)} deploys, expected ${results.expectedDeploys}`] : []),
    ...((await one.check?.(struck, results)) ?? []),
  ];
}

/** The results file, written after `sinceMs`. */
function resultsOf(lane: Lane, runId: string, sinceMs: number): Promise<Results> {
  const file = lane.paths.results(runId);
  return until(`results of ${runId}`, END_MS, () => {
    if (!existsSync(file)) return undefined;
    const results = resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return Date.parse(results.startedAt) + results.durationMs >= sinceMs && results.teardown
      ? results
      : undefined;
  });
}

async function allClosed(lane: Lane, workflows: readonly string[]): Promise<void> {
  for (const id of workflows) {
    await until(`${id} is closed`, EMPTY_MS, async () => {
      try {
        const { status } = await lane.client.workflow.getHandle(id).describe();
        return status.name === 'RUNNING' || status.name === 'PAUSED' ? undefined : true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return true;
        // Temporal may just be coming back.
        return undefined;
      }
    });
  }
}

async function staysEmpty(lane: Lane): Promise<string[]> {
  try {
    await until('nothing is left', EMPTY_MS, async () =>
      (await leftovers(lane)).length === 0 ? true : undefined,
    );
  } catch {
    return (await leftovers(lane)).map((what) => `left: ${what}`);
  }
  await delay(SETTLED_MS);
  return (await leftovers(lane)).map((what) => `came back: ${what}`);
}

function progressOf(
  lane: Lane,
  workflows: readonly string[],
  one: FaultCase,
  reached: Reached | undefined,
  afterMs: number,
): Promise<number | undefined> {
  if (one.takesOver !== true) return Promise.resolve(undefined);
  return nextProgress(lane.client, workflows, { afterMs, lostPid: reached?.pid });
}

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { progressSchema } from '../../domain/progress.ts';
import { resultsSchema, type Results } from '../../domain/results.ts';
import { cli, config, eventually } from './stack.ts';

/** Starts a run with the command line and returns its id at once. */
export async function startRun(recipe = 'custom-html', stages = 'install'): Promise<string> {
  const { stdout, stderr, exitCode } = await cli('run', recipe, '--stages', stages, '--detach', '--json');
  if (exitCode !== 0) throw new Error(`run: ${stderr}`);
  return z.object({ runId: z.string() }).parse(JSON.parse(stdout)).runId;
}

/** The results file of a run that was written after `since` (milliseconds). */
export function resultsOf(runId: string, since: number, seconds: number): Promise<Results> {
  return eventually(`results of ${runId}`, seconds, async () => {
    try {
      const results = resultsSchema.parse(
        JSON.parse(await readFile(join(config.CCI_DATA, 'runs', runId, 'results.json'), 'utf8')),
      );
      return Date.parse(results.startedAt) + results.durationMs >= since ? results : undefined;
    } catch {
      return undefined;
    }
  });
}

/** An activity that a worker of this host is at. */
export interface RunningActivity {
  readonly workflowId: string;
  readonly activityId: string;
  /** Process id of the worker. */
  readonly pid: number;
}

/** Waits until a worker runs an activity of a workflow; rejects once the workflow is closed. */
export function runningActivity(
  client: Client,
  workflowId: string,
  activityType: string,
): Promise<RunningActivity> {
  return eventually(`${activityType} of ${workflowId} runs`, 60, async () => {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    const running = raw.pendingActivities?.find(
      (activity) => activity.activityType?.name === activityType && activity.lastWorkerIdentity,
    );
    if (!running?.activityId && status.name !== 'RUNNING')
      throw new Error(`${workflowId} has closed, ${activityType} was never seen`);
    const [pid, host] = running?.lastWorkerIdentity?.split('@') ?? [];
    if (!running?.activityId || pid === undefined || host !== hostname()) return undefined;
    return { workflowId, activityId: running.activityId, pid: Number(pid) };
  });
}

/** A run's current environment and its guard, as soon as it has them. */
export function environmentOf(
  client: Client,
  runId: string,
): Promise<{ environmentId: string; guardId: string }> {
  return eventually(`the environment of ${runId}`, 60, async () => {
    const { environmentId, guardId } = progressSchema.parse(
      await client.workflow.getHandle(runId).query('progress'),
    );
    return environmentId && guardId ? { environmentId, guardId } : undefined;
  });
}

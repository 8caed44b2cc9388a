import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { resultsSchema, type Results } from '../../domain/results.ts';
import { cli, config, eventually } from './stack.ts';
import { z } from 'zod';

/** Starts a run of the fixture recipe with the command line and returns its id at once. */
export async function startRun(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await cli(
    'run',
    'custom-html',
    '--stages',
    'install',
    '--detach',
    '--json',
    ...args,
  );
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

/** Process id of the worker that runs an activity of a workflow now. */
export function workerOf(
  client: Client,
  workflowId: string,
  activityType: string,
  seconds = 60,
): Promise<number> {
  return eventually(`${activityType} of ${workflowId} runs`, seconds, async () => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const running = raw.pendingActivities?.find(
      (activity) => activity.activityType?.name === activityType && activity.lastWorkerIdentity,
    );
    const [pid, host] = running?.lastWorkerIdentity?.split('@') ?? [];
    return pid !== undefined && host === hostname() ? Number(pid) : undefined;
  });
}

/** Workflow id of the guard of a run's current environment. */
export function guardOf(client: Client, runId: string): Promise<string> {
  return eventually(`the guard of ${runId}`, 60, async () => {
    const { raw } = await client.workflow.getHandle(runId).describe();
    return (
      raw.pendingChildren?.find((child) => child.workflowTypeName === 'environmentGuard')?.workflowId ??
      undefined
    );
  });
}

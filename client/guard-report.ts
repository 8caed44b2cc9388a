import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { z } from 'zod';
import { resultsSchema, teardownReportSchema } from '../domain/results.ts';
import { isTransient, within } from './rpc.ts';

const guardReportSchema = z.object({
  teardown: teardownReportSchema,
  // Those of an older schema count as none.
  results: resultsSchema.optional().catch(undefined),
});
const LIST_MS = 5_000;
export type ReadGuardReport = z.infer<typeof guardReportSchema>;

/**
 * Ids of the guards of a run, the latest first. Found through visibility, which lags by a second or so.
 * @param since start of the execution meant: the same run may have been executed before
 */
export async function findGuards(client: Client, runId: string, since = new Date(0)): Promise<string[]> {
  // A run id is lower-case letters, digits and hyphens: nothing in it can end the string of the query.
  const query = `WorkflowType = 'environmentGuard' AND WorkflowId STARTS_WITH 'guard-${runId}-'`;
  const found: { id: string; at: number }[] = [];
  await within(client, LIST_MS, async () => {
    for await (const { workflowId, startTime } of client.workflow.list({ query })) {
      found.push({ id: workflowId, at: startTime.getTime() });
    }
  });
  return found
    .filter(({ at }) => at >= since.getTime())
    .toSorted((a, b) => b.at - a.at)
    .map(({ id }) => id);
}

/** Result of a guard; `open` while it works, `gone` when it was removed by force and can say nothing. */
export async function guardReport(client: Client, guard: string): Promise<ReadGuardReport | 'open' | 'gone'> {
  try {
    const result: unknown = await within(client, 2_000, () => client.workflow.getHandle(guard).result());
    return guardReportSchema.parse(result);
  } catch (error) {
    if (isTransient(error)) return 'open';
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return 'gone';
    throw error;
  }
}

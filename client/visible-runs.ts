import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { within } from './rpc.ts';
import { SEARCH_KEYS } from './search-attributes.ts';

const LIST_MS = 8_000;

/** A run as the server shows it: its status in lower case, and what its search attributes say. */
export interface VisibleRun {
  readonly runId: string;
  readonly status: string;
  readonly recipe: string | undefined;
  readonly ref: string | undefined;
  readonly stage: string | undefined;
  readonly verdict: string | undefined;
  readonly level: number | undefined;
  /** ISO time. */
  readonly startedAt: string;
  /** So far, of an open one. */
  readonly durationMs: number;
}

/**
 * Runs that the server knows, newest first.
 * @param condition of a visibility query, besides the workflow type; all runs without one
 * @param limit how many at most
 */
export function visibleRuns(
  client: Client,
  condition: string | undefined,
  limit: number,
): Promise<VisibleRun[]> {
  const query = ['WorkflowType = "recipeRun"', ...(condition === undefined ? [] : [condition])].join(' AND ');
  return within(client, LIST_MS, async () => {
    const found: VisibleRun[] = [];
    for await (const info of client.workflow.list({ query, pageSize: limit })) {
      found.push(describe(info));
      if (found.length === limit) break;
    }
    return found;
  });
}

function describe(info: WorkflowExecutionInfo): VisibleRun {
  const attributes = info.typedSearchAttributes;
  return {
    runId: info.workflowId,
    status: info.status.name.toLowerCase(),
    recipe: attributes.get(SEARCH_KEYS.recipe),
    ref: attributes.get(SEARCH_KEYS.ref),
    stage: attributes.get(SEARCH_KEYS.stage),
    verdict: attributes.get(SEARCH_KEYS.verdict),
    level: attributes.get(SEARCH_KEYS.level),
    startedAt: info.startTime.toISOString(),
    durationMs: (info.closeTime ?? new Date()).getTime() - info.startTime.getTime(),
  };
}

import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { adoptionId, guardId } from '../domain/ids.ts';
import type { Owners, OwnersAnswer } from '../domain/janitor.ts';
import { hostPoolId } from '../domain/queues.ts';
import type { DecisionActivities, WorkflowStatus } from './types.ts';

type Asked = Parameters<DecisionActivities['findOwners']>[0];

/**
 * What Temporal knows of environments: their runs and guards by description, which is never behind, and by visibility
 * the guards whose ids only Temporal can tell. A namespace that does not exist remembers nothing.
 */
export async function findOwners(client: Client, { host, environments }: Asked): Promise<OwnersAnswer> {
  try {
    const open = await openGuards(client);
    const owners = await Promise.all(environments.map((one) => ownersOf(client, open, one)));
    const pool = await statusOf(client, hostPoolId(host));
    const isKnown = ({ run = 'GONE', guard = 'GONE', openGuards: guards }: Owners) =>
      run !== 'GONE' || guard !== 'GONE' || guards.length > 0;
    return { owners, remembers: pool !== 'GONE' || owners.some(isKnown) };
  } catch (error) {
    if (!(error instanceof NamespaceNotFoundError)) throw error;
    const unknown = environments.map(({ environmentId }) => ({ environmentId, openGuards: [] }));
    return { owners: unknown, remembers: false };
  }
}

async function ownersOf(
  client: Client,
  open: readonly string[],
  { environmentId, runId }: Asked['environments'][number],
): Promise<Owners> {
  // Successors and adopters have the id of the first guard and something behind it.
  const short = `-${environmentId.slice(0, 8)}`;
  const found = open.filter((id) => id.endsWith(short) || id.includes(`${short}-`));
  const adopter = adoptionId(environmentId, runId);
  const adopting = (await statusOf(client, adopter)) === 'RUNNING';
  const guards = [...new Set([...found, ...(adopting ? [adopter] : [])])];
  if (runId === undefined) return { environmentId, openGuards: guards };
  const [run, guard] = await Promise.all([
    statusOf(client, runId),
    statusOf(client, guardId(runId, environmentId)),
  ]);
  return { environmentId, run, guard, openGuards: guards };
}

async function openGuards(client: Client): Promise<readonly string[]> {
  const query = `WorkflowType = 'environmentGuard' AND ExecutionStatus = 'Running'`;
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
  return found;
}

/** Status of a workflow's newest or given execution; `GONE` when the server does not know it. */
export async function statusOf(
  client: Client,
  workflowId: string,
  executionId?: string,
): Promise<WorkflowStatus> {
  try {
    return (await client.workflow.getHandle(workflowId, executionId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'GONE';
    throw error;
  }
}

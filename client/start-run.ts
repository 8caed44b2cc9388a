import { WorkflowIdConflictPolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClientConfig } from '../domain/config.ts';
import { recipeNameSchema, runId } from '../domain/ids.ts';
import { areComplete, runInputSchema, type RunInput } from '../domain/plan.ts';
import { DECISIONS_QUEUE } from '../domain/queues.ts';
import { STAGES, stageSchema, type Stage } from '../domain/stages.ts';
import { refSchema, resolveRef } from './resolve-ref.ts';
import { within } from './rpc.ts';
import { searchAttributesOf } from './search-attributes.ts';
import { parseSource } from './source.ts';
import { UserError } from './user-error.ts';
import { visibleRuns } from './visible-runs.ts';
import { snapshotWorkTree } from './work-tree.ts';

const HOUR_MS = 3_600_000;
const DEADLINE_MS = 2 * HOUR_MS;
const LEASE_WAIT_MS = 4 * HOUR_MS;
const ANSWER_MS = 10_000;

export interface RunRequest {
  readonly recipe: string;
  /** Comma list; all stages when absent. */
  readonly stages?: string | undefined;
  readonly ref?: string | undefined;
  readonly base?: string | undefined;
  readonly source?: string | undefined;
}

/** Where the request was made. */
export interface Caller {
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A request whose every word has the right form; nothing has been looked up yet. */
export interface CheckedRequest extends RunRequest {
  readonly wanted: readonly Stage[];
}

/** @throws UserError for the first word that is not valid */
export function checkRequest(request: RunRequest): CheckedRequest {
  if (!recipeNameSchema.safeParse(request.recipe).success) {
    throw new UserError(`"${request.recipe}" is not a recipe name`, 'Give a name such as custom-html');
  }
  for (const [option, value] of [
    ['--ref', request.ref],
    ['--base', request.base],
  ] as const) {
    if (value === undefined || refSchema.safeParse(value).success) continue;
    throw new UserError(`"${value}" cannot be a value of ${option}`, 'Give a branch, a tag or a commit');
  }
  return { ...request, wanted: parseStages(request.stages) };
}

/**
 * Finds the repository and pins what could move.
 * @throws UserError
 */
export async function planRun(
  config: ClientConfig,
  request: CheckedRequest,
  caller: Caller,
): Promise<RunInput> {
  const template = request.source ?? config.CCI_RECIPE_SOURCE;
  const source = parseSource(template, request.recipe, caller.workingFolder);
  const changes = request.ref === undefined ? await snapshotWorkTree(source, caller.environment) : undefined;
  const pinned = changes ?? (await resolveRef(source, request.ref, caller.environment));
  return runInputSchema.parse({
    recipe: request.recipe,
    source: source.location,
    sources: config.CCI_RECIPE_SOURCE,
    head: pinned.commit,
    ref: pinned.name,
    dirty: changes && true,
    base: request.base,
    stages: request.wanted,
    trigger: 'manual',
    host: config.CCI_HOST,
    zone: config.CCI_ZONE,
    instance: config.CCI_INSTANCE,
    deadlineMs: DEADLINE_MS,
    leaseWaitMs: LEASE_WAIT_MS,
  });
}

/** Stages of a comma list, in the order in which they run; all of them when there is no list. */
export function parseStages(list: string | undefined): Stage[] {
  if (list === undefined) return [...STAGES];
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !stageSchema.safeParse(name).success);
  if (unknown !== undefined) {
    throw new UserError(`"${unknown}" is not a stage`, `The stages are ${STAGES.join(', ')}`);
  }
  const stages = STAGES.filter((stage) => names.includes(stage));
  if (areComplete(stages)) return stages;
  throw new UserError(
    `the stages ${stages.join(', ')} cannot run by themselves`,
    'All but lint need install, and restore needs backup',
  );
}

/** Workflow id of the run of an input: equal requests are the same run. */
export function runIdOf(input: RunInput): string {
  const { recipe, head, base = '', stages, source, trigger } = input;
  return runId({ recipe, head, key: [base, stages.join(','), source, trigger] });
}

/** Starts the run, or joins it when it is under way already. `since` is no later than the start of the execution. */
export async function startRun(
  client: Client,
  input: RunInput,
): Promise<{ runId: string; joined: boolean; since: Date }> {
  const workflowId = runIdOf(input);
  const askedAt = new Date();
  await proveKeys(client);
  const joined = await openSince(client, workflowId);
  await within(client, ANSWER_MS, () =>
    client.workflow.start('recipeRun', {
      workflowId,
      taskQueue: DECISIONS_QUEUE,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      // A dead worker's task is given to another one after this.
      workflowTaskTimeout: '5 seconds',
      typedSearchAttributes: searchAttributesOf(input),
      staticSummary: `${input.recipe} ${input.head.slice(0, 7)}`,
      staticDetails: `Takes ${input.recipe} at \`${input.ref}\` through ${input.stages.join(', ')} on host \`${input.host}\`.`,
      memo: { recipe: input.recipe, ref: input.ref, head: input.head, stages: input.stages },
    }),
  );
  return { runId: workflowId, joined: joined !== undefined, since: joined ?? askedAt };
}

/** No worker could read what another key encrypts: the run would wait for ever. The memo of the last run shows it. */
async function proveKeys(client: Client): Promise<void> {
  await visibleRuns(client, undefined, 1);
}

async function openSince(client: Client, workflowId: string): Promise<Date | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status, startTime } = await within(client, ANSWER_MS, () => handle.describe());
    return status.name === 'RUNNING' || status.name === 'PAUSED' ? startTime : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { WorkflowHandleWithStartDetails } from '@temporalio/client';
import { createDecisionActivities } from '../../activities/decision-activities.ts';
import { searchAttributesOf, SEARCH_KEYS } from '../../client/search-attributes.ts';
import { runId } from '../../domain/ids.ts';
import type { Plan, RunInput } from '../../domain/plan.ts';
import { DECISIONS_QUEUE, hostQueue } from '../../domain/queues.ts';
import type { recipeRun } from '../../workflows/recipe-run.ts';
import type { FakeHost } from './fake-host.ts';
import { temporalExecutable } from './temporal-executable.ts';

const HEAD = '3f2a9c1d'.repeat(5);

/** What makes a plan one of an upgrade. */
export const WITH_BASE = {
  base: { tag: '1.0.0+1.28.0', commit: '1'.repeat(40), chaos: false },
  images: { base: ['nginx:1.28.0'], head: ['nginx:1.29.1'] },
  specs: ['install', 'custom'],
} satisfies Partial<Plan>;

export interface Harness {
  readonly environment: TestWorkflowEnvironment;
  /** Serves the workflows and `host` while `body` runs. */
  serve<T>(host: FakeHost, body: () => Promise<T>): Promise<T>;
  /** Starts a run; `unique` tells runs of one test apart. */
  start(changes?: Partial<RunInput>): Promise<WorkflowHandleWithStartDetails<typeof recipeRun>>;
  close(): Promise<void>;
}

/** A dev server of its own with the search attributes of cc-ci, and the real workflows. */
export async function startHarness(): Promise<Harness> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalExecutable() },
      searchAttributes: Object.values(SEARCH_KEYS),
    },
  });
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  const bundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return {
    environment,
    serve: (host, body) => serve(environment, bundle, host, body),
    start: (changes) => startRun(environment, changes),
    close: () => environment.teardown(),
  };
}

/** Starts a run on the host `test`; the ids of two never agree. */
export function startRun(
  { client }: TestWorkflowEnvironment,
  changes: Partial<RunInput> = {},
): Promise<WorkflowHandleWithStartDetails<typeof recipeRun>> {
  const input = runInput(changes);
  return client.workflow.start<typeof recipeRun>('recipeRun', {
    workflowId: runId({ recipe: input.recipe, head: input.head, key: [randomUUID()] }),
    taskQueue: DECISIONS_QUEUE,
    args: [input],
    workflowTaskTimeout: '5 seconds',
    typedSearchAttributes: searchAttributesOf(input),
  });
}

async function serve<T>(
  { nativeConnection, client }: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundle,
  host: FakeHost,
  body: () => Promise<T>,
): Promise<T> {
  const decisions = await Worker.create({
    connection: nativeConnection,
    taskQueue: DECISIONS_QUEUE,
    workflowBundle,
    activities: { ...createDecisionActivities(client) },
  });
  const hostWorker = await Worker.create({
    connection: nativeConnection,
    taskQueue: hostQueue('test'),
    activities: { ...host.activities() },
    maxHeartbeatThrottleInterval: '200 milliseconds',
  });
  return decisions.runUntil(() => hostWorker.runUntil(body));
}

/** Input of a run on the host `test`. */
export function runInput(changes: Partial<RunInput> = {}): RunInput {
  return {
    recipe: 'sample',
    source: '/srv/sample',
    head: HEAD,
    ref: 'main',
    stages: ['install'],
    trigger: 'manual',
    host: 'test',
    zone: 'ci.test',
    instance: '0a1b2c3d',
    deadlineMs: 60_000,
    leaseWaitMs: 60_000,
    ...changes,
  };
}

/** Polls until `probe` holds; fails with `what` when it does not in time. */
export async function eventually(
  what: string,
  probe: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  for (const until = Date.now() + limitMs; Date.now() < until;) {
    if (await probe()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${limitMs / 1000} s: ${what}`);
}

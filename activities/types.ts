import type { App, Environment, Plan, RunInput, Version } from '../domain/plan.ts';
import type { Owned, Results, TeardownReport } from '../domain/results.ts';
import type { Assertion, Stage } from '../domain/stages.ts';
import type { DeployReceipt, ImageOutcome, InventoryItem, ServiceState } from './platform/port.ts';

/** An app of an environment at a version: what most activities act on. */
export interface AppAtVersion {
  readonly environment: Environment;
  readonly app: App;
  readonly version: Version;
}

export interface SpecOutcome {
  readonly assertions: readonly Assertion[];
  /** `none`: the recipe has no specs for this stage. `unverified`: none failed, but some were skipped (spec R-38). */
  readonly status: 'pass' | 'fail' | 'unverified' | 'none';
  readonly code?: 'E_SPEC' | 'E_SPEC_COLLECT';
  /** Why it is unverified: what was skipped, and for what reason. */
  readonly reason?: string;
  /** Relative to the folder of the run. */
  readonly screenshots: readonly string[];
}

export interface Evidence {
  readonly serviceLogs: readonly string[];
  readonly deployCount: number;
}

export interface RemovalPass {
  readonly removed: readonly Owned[];
  readonly left: readonly Owned[];
}

/** What a step came to, and in which attempt. */
export interface Attempted<T> {
  /** 1 unless infrastructure failed, or a worker died, before. */
  readonly attempt: number;
  readonly value: T;
}

/** Activities that run on the host of the environment, each an idempotent *ensure*. */
export interface HostActivities {
  prepare(input: RunInput & { readonly runId: string }): Promise<Plan>;
  fetchImages(input: {
    environment: Environment;
    images: readonly string[];
  }): Promise<readonly ImageOutcome[]>;
  deployApp(input: AppAtVersion): Promise<Attempted<DeployReceipt>>;
  awaitConverged(input: AppAtVersion & { timeoutMs: number }): Promise<Attempted<readonly ServiceState[]>>;
  assertInstalled(input: AppAtVersion): Promise<Attempted<readonly Assertion[]>>;
  runSpecs(input: AppAtVersion & { stage: Stage }): Promise<Attempted<SpecOutcome>>;
  collectEvidence(input: { environment: Environment; by: 'run' | 'guard' }): Promise<Evidence>;
  closeFence(input: { environment: Environment }): Promise<{ killed: number }>;
  removeEnvironment(input: { environment: Environment }): Promise<RemovalPass>;
  writeResults(results: Results): Promise<{ path: string }>;
  /**
   * Replaces the teardown part of the results of an environment, when a leak has been removed later. Results that are
   * gone, or of another environment by now, stay as they are.
   */
  amendResults(input: { runId: string; environmentId: string; teardown: TeardownReport }): Promise<void>;
  takeInventory(input: { instance: string }): Promise<readonly InventoryItem[]>;
}

/** How a watch ended; `open` when its time was up and it should be started again. */
export type WatchOutcome = 'open' | 'parent-closed' | 'parent-gone' | 'orphaned';

/** Server's name of a status, or `GONE` when the workflow is not known (any more). */
export type WorkflowStatus =
  | 'RUNNING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TERMINATED'
  | 'CONTINUED_AS_NEW'
  | 'TIMED_OUT'
  | 'PAUSED'
  | 'UNSPECIFIED'
  | 'UNKNOWN'
  | 'GONE';

/** Activities that only talk to Temporal; they run on the decisions queue. */
export interface DecisionActivities {
  watchParent(input: { parentId: string; guardId: string }): Promise<WatchOutcome>;
  ensureHostPool(input: { host: string }): Promise<void>;
  /** Of the newest execution, or of the one whose run id is given. */
  workflowStatus(input: { workflowId: string; executionId?: string }): Promise<WorkflowStatus>;
}

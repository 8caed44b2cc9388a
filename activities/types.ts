import type { BackupAttempt, Snapshot } from '../domain/backup.ts';
import type { Downtime } from '../domain/downtime.ts';
import type { Seen } from '../domain/failure-signature.ts';
import type { Kept } from '../domain/hold.ts';
import type { OwnersAnswer, Survey } from '../domain/janitor.ts';
import type { LintFinding } from '../domain/lint/finding.ts';
import type { Marker, Seeding } from '../domain/markers.ts';
import type { MemoryNeed } from '../domain/memory.ts';
import type { App, Environment, Plan, RunInput, Version, WarmPlace } from '../domain/plan.ts';
import type { Owned, Results, TeardownReport } from '../domain/results.ts';
import type { SpecDependency } from '../domain/spec-context.ts';
import type { Assertion, SpecCounts, Stage } from '../domain/stages.ts';
import type { Serving, WarmInput, WarmLook, WarmPlan } from '../domain/warm.ts';
import type { DeployReceipt, ImageOutcome, InventoryItem, ServiceState } from './platform/port.ts';

/** An app of an environment at a version: what most activities act on. */
export interface AppAtVersion {
  readonly environment: Environment;
  readonly app: App;
  readonly version: Version;
}

/** The same within a stage, which names the log and the bounds. */
export interface AppInStage extends AppAtVersion {
  readonly stage: Stage;
}

/** With the markers that the app holds. */
export interface MarkedApp extends AppInStage {
  readonly markers: readonly Marker[];
}

export interface UpgradeReceipt {
  readonly deploy: DeployReceipt;
  readonly downtime: Downtime;
}

export interface BackupOutcome {
  /** Absent when the labels ask for no backup, or when no attempt was complete. */
  readonly snapshot?: Snapshot;
  /** Empty when the labels ask for no backup. */
  readonly attempts: readonly BackupAttempt[];
  /** Why it looks as if a backup were meant although no service asks for one; only when there was no attempt. */
  readonly declared?: string;
}

/** What specs wait for, once they are loaded. */
export interface SpecTurn {
  /** Never used twice. */
  readonly turn: string;
  /** Bound on the wait. */
  readonly waitMs: number;
}

export interface SpecRequest extends MarkedApp, SpecTurn {
  /** The app's own; absent when it has none. */
  readonly dependencies?: readonly SpecDependency[];
}

export interface SpecOutcome {
  readonly assertions: readonly Assertion[];
  /** `none`: the recipe has no specs for this stage. `unverified`: none failed, but some were skipped (spec R-38). */
  readonly status: 'pass' | 'fail' | 'unverified' | 'none';
  readonly code?: 'E_SPEC' | 'E_SPEC_COLLECT';
  /** Why it is unverified: what was skipped, and for what reason. */
  readonly reason?: string;
  readonly counts: SpecCounts;
  /** Relative to the folder of the run. */
  readonly screenshots: readonly string[];
}

export interface Evidence {
  readonly serviceLogs: readonly string[];
  readonly deployCount: number;
  /** Roles of the apps that have been deployed. */
  readonly deployed: readonly string[];
}

export interface RemovalPass {
  readonly removed: readonly Owned[];
  readonly left: readonly Owned[];
}

export interface FetchRequest {
  readonly environment: Environment;
  /** The dependency whose images they are; those of the app under test when absent. */
  readonly app?: App;
  readonly images: readonly string[];
  /** Those that will be fetched afterwards and have to fit as well. */
  readonly later?: readonly string[];
  /** Of all apps that are going to be deployed; waited for when present. */
  readonly memory?: readonly MemoryNeed[];
}

/** What a step came to, and in which attempt. */
export interface Attempted<T> {
  /** 1 unless infrastructure failed, or a worker died, before. */
  readonly attempt: number;
  readonly value: T;
}

/** An environment that nobody owns. */
export interface OrphanRef {
  readonly environmentId: string;
  readonly instance: string;
  readonly host: string;
}

export interface Orphan {
  readonly environment: Environment;
  /** The results of its run are written already. */
  readonly published: boolean;
  /** What its run was asked for, when the host still knows. */
  readonly request?: { readonly run: RunInput; readonly startedAt: string };
}

/** For whom a recipe is read. */
export interface ReadingFor {
  readonly runId: string;
  /** For an answer alone: nothing is written to a folder of a run. */
  readonly unrecorded?: true;
}

/** Activities that run on the host of the environment, each an idempotent *ensure*. */
export interface HostActivities {
  prepare(input: RunInput & ReadingFor): Promise<Plan>;
  /**
   * Rejects before the first pull: with `E_DISK` when the disk has no room for all of them, with `E_MEMORY` when the host
   * does not come to have the memory.
   */
  fetchImages(input: FetchRequest): Promise<readonly ImageOutcome[]>;
  /** Judges the recipe's files with the rules of the linter; creates nothing. */
  lintRecipe(
    input: Omit<RunInput, 'base'> & ReadingFor & { readonly base?: Version },
  ): Promise<Attempted<readonly LintFinding[]>>;
  /** Computes what the app needs of its dependencies, all of which are ready; before `deployApp`. */
  wireApp(input: AppAtVersion): Promise<Attempted<null>>;
  deployApp(input: AppAtVersion): Promise<Attempted<DeployReceipt>>;
  /** Converged, ready and answering: what does not hold is why nobody can rely on it. */
  awaitDependency(
    input: AppAtVersion & { readonly timeoutMs: number },
  ): Promise<Attempted<readonly Assertion[]>>;
  awaitConverged(input: AppInStage & { timeoutMs: number }): Promise<Attempted<readonly ServiceState[]>>;
  assertInstalled(input: AppAtVersion): Promise<Attempted<readonly Assertion[]>>;
  /**
   * Converged, ready and answering, as after every operation. With `minUpMs` the tasks must have been running for that
   * long, so that one that fails a while after its start is seen.
   */
  assertServing(input: AppInStage & { minUpMs?: number }): Promise<Attempted<readonly Assertion[]>>;
  /** Runs the recipe's own step before the operation of a stage (`before` in recipe.ts). */
  runBefore(input: AppInStage): Promise<Attempted<null>>;
  /** Deploys the version over what runs and waits until it has converged, while the public hostname is watched. */
  upgradeApp(input: AppAtVersion & { timeoutMs: number }): Promise<Attempted<UpgradeReceipt>>;
  /** That what runs is the version, and that the app itself says so where it tells. */
  assertVersion(input: AppInStage): Promise<Attempted<readonly Assertion[]>>;
  /** Writes every marker that the app can hold, over what is there, and reads it back; a `known` one only if it is gone. */
  seedMarkers(input: AppInStage & { known?: readonly Marker[] }): Promise<Attempted<Seeding>>;
  /** One assertion for each marker: that it is in the expected state. */
  checkMarkers(
    input: MarkedApp & { expected: 'original' | 'absent' },
  ): Promise<Attempted<readonly Assertion[]>>;
  destroyMarkers(input: MarkedApp): Promise<Attempted<null>>;
  /** Makes ahead what the first backup would take long to make; in a lane of its own, beside other activities. */
  prepareBackup(input: AppInStage): Promise<null>;
  /** Makes whole backups until one is complete, at most as often as the recipe allows. */
  createBackup(input: MarkedApp): Promise<Attempted<BackupOutcome>>;
  restoreBackup(input: AppInStage & { snapshot: Snapshot }): Promise<Attempted<null>>;
  /** That the app takes changes: a fresh value where each marker is, tried for at most 90 s (spec R-30). */
  assertWritable(input: MarkedApp): Promise<Attempted<readonly Assertion[]>>;
  /** Loads the specs of a stage, waits for `allowSpecs` of the same turn at most so long, and runs them; beside others. */
  runSpecs(input: SpecRequest): Promise<Attempted<SpecOutcome>>;
  /** Runs the specs that the head's own repository brings, in isolation; none of a recipe that is not approved. */
  runRepositorySpecs(input: MarkedApp): Promise<Attempted<SpecOutcome>>;
  /** Lets the specs begin that wait for this turn. */
  allowSpecs(input: AppInStage & Pick<SpecTurn, 'turn'>): Promise<null>;
  collectEvidence(input: { environment: Environment; by: 'run' | 'guard' }): Promise<Evidence>;
  closeFence(input: { environment: Environment }): Promise<{ killed: number }>;
  removeEnvironment(input: { environment: Environment }): Promise<RemovalPass>;
  /** Answers in which earlier runs the same failure was seen. */
  writeResults(results: Results): Promise<{ path: string; seen?: Seen }>;
  /**
   * Replaces the teardown part of the results of an environment, when a leak has been removed later. Results that are
   * gone, or of another environment by now, stay as they are.
   */
  amendResults(input: { runId: string; environmentId: string; teardown: TeardownReport }): Promise<void>;
  takeInventory(input: { instance: string }): Promise<readonly InventoryItem[]>;
  surveyHost(input: { instance: string; zone: string }): Promise<Survey>;
  readOrphan(ref: OrphanRef): Promise<Orphan>;
  /** The report of a removal whose run is not known well enough for results; next to results it is not written. */
  writeTeardown(input: { runId: string; teardown: TeardownReport }): Promise<void>;
  planWarm(input: WarmInput): Promise<WarmPlan>;
  /** Looks at the provider that is kept warm, and keeps what was seen where runs are planned. */
  probeWarm(serving: Serving): Promise<WarmLook>;
  /** No run is planned with the provider any more. */
  forgetWarm(input: { environment: Environment }): Promise<void>;
  /** Waits until a run can use a provider that is kept warm: null, or why it cannot. */
  awaitWarm(input: {
    environment: Environment;
    warm: WarmPlace;
    /** Of the version that the run was planned with. */
    commit: string;
    timeoutMs: number;
  }): Promise<Attempted<string | null>>;
}

/** How a watch ended; `open` when its time was up and it should be started again. */
export type WatchOutcome = 'open' | 'parent-closed' | 'parent-gone' | 'orphaned';

/**
 * Server's name of a status; `GONE` when the workflow is not known (any more), `GIVEN_UP` when it was closed because its
 * code could not go on with it.
 */
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
  | 'GIVEN_UP'
  | 'GONE';

/** Activities that only talk to Temporal; they run on the decisions queue. */
export interface DecisionActivities {
  watchParent(input: { parentId: string; guardId: string }): Promise<WatchOutcome>;
  ensureHostPool(input: { host: string }): Promise<void>;
  /** The environment that is kept for people on a host, if one is. */
  keptOnHost(input: { host: string }): Promise<Kept | null>;
  /** Who sees to environments that exist. */
  findOwners(input: {
    host: string;
    environments: readonly { environmentId: string; runId?: string }[];
  }): Promise<OwnersAnswer>;
  /** Of the newest execution, or of the one whose run id is given. */
  workflowStatus(input: { workflowId: string; executionId?: string }): Promise<WorkflowStatus>;
}

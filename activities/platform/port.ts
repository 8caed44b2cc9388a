import type { DataDisk } from '../../domain/disk.ts';
import type { Snapshot, SnapshotEntry } from '../../domain/backup.ts';
import type { RecipeTree } from '../../domain/lint/recipe-tree.ts';
import type { Ingress } from '../../domain/http.ts';
import type { HostMemory } from '../../domain/memory.ts';
import type { Overlay } from '../../domain/overlay.ts';
import type { App, Environment, Refusal, Version } from '../../domain/plan.ts';
import type { Grants } from '../../domain/recipe.ts';
import type { Owned } from '../../domain/results.ts';
import type { Assertion } from '../../domain/stages.ts';
import type { TrustedIngress } from '../support/ingress-http.ts';
import type { CommandResult } from '../support/run-command.ts';
import type { Operation } from '../support/operation.ts';

/** What cc-ci adds to the env sample of the recipe. */
export interface AppSettings {
  readonly env: Readonly<Record<string, string>>;
  /** Values of secrets by their names in the compose file; the others are generated. Never logged. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly grants: Grants;
  /** What the recipe folder changes of the rendered stack, for base and head alike. */
  readonly overlay?: Overlay;
}

/** What the recipe's repository says about the head under review. */
export interface Versions {
  /** The head, with its tag when it is a published version itself. */
  readonly head: Version;
  /** The newest published version (tag `X.Y.Z+upstream`) before the head, when there is one. */
  readonly previous: Version | undefined;
  /** All published versions before the head by tag: what a recipe.ts may pin as base. */
  readonly published: ReadonlyMap<string, Version>;
}

/** What a version of a recipe would be, without creating anything. */
export interface Examination {
  readonly services: readonly string[];
  readonly images: readonly string[];
  /** Swarm secret names without the stack prefix, and without values. */
  readonly secrets: readonly string[];
  /** The app's own TIMEOUT in seconds, when the recipe labels one. */
  readonly timeoutSeconds: number | undefined;
  readonly refusals: readonly Refusal[];
  /** Memory that its tasks reserve together, in bytes; absent where the platform knows no such thing. */
  readonly reservedBytes?: number;
  /** Paths of the specs that the repository brings itself; absent where the platform does not look. */
  readonly repositorySpecs?: readonly string[];
}

/** Specs that a repository brings, and the modules beside them. */
export interface RepositorySpecs {
  /** Texts by path below their folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Why none of them can be run. */
  readonly fault?: string;
}

/** Specs of somebody who may mean harm. */
export interface IsolatedTask {
  /** The one name, with those below and beside it that are the app's own, that they may reach. */
  readonly domain: string;
  /** Where the app really is. */
  readonly ingress: TrustedIngress;
  /** Texts to lay out, by path, told how the app is reached from inside and where the report is to be written. */
  readonly files: (seen: {
    readonly ingress: Ingress;
    readonly ca: string;
    readonly out: string;
  }) => Readonly<Record<string, string>>;
  /** Run in the folder of the files. */
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

export interface IsolatedOutcome {
  readonly exitCode: number;
  /** What they left as `report.json`; whoever wrote the specs may have made it up. */
  readonly report: string | undefined;
}

export interface ImageOutcome {
  readonly name: string;
  readonly outcome: 'present' | 'pulled';
  /** `sha256:…` of the manifest, or of the local image when no registry ever served it. */
  readonly digest: string;
  /** On the disk, where that can be told. */
  readonly bytes?: number;
}

export interface DeployReceipt {
  /** Id of the intent in the ledger, stamped on every object as `cc-ci.deploy`. */
  readonly deployId: string;
  /** SHA-256 of the rendered bytes. */
  readonly contentHash: string;
  /** The intent existed already; this attempt went on with it and does not count as a deploy. */
  readonly resumed: boolean;
  readonly services: readonly string[];
}

export interface ServiceState {
  readonly service: string;
  readonly image: string;
  readonly running: number;
  /** Tasks that are meant to run now; those of a one-shot service that have done their work do not count. */
  readonly desired: number;
  /** Swarm's update state, `none` when there has not been an update. */
  readonly update: string;
  readonly health: 'healthy' | 'starting' | 'unhealthy' | 'none';
  readonly restarts: number;
  /** Ids of the tasks that run now. */
  readonly tasks: readonly string[];
  /** How long the youngest of them has been running, in ms; absent when none runs. */
  readonly upMs?: number;
  /** What ended by itself since the deploy had first converged; absent when nothing has. */
  readonly crashes?: {
    readonly count: number;
    readonly reason: string;
    /** How long the task lived that lived longest, in ms. */
    readonly longestMs: number;
  };
  /** Why nothing of the service will run any more although it is meant to. */
  readonly ended?: string;
}

export interface TaskRecord {
  readonly service: string;
  readonly id: string;
  readonly state: string;
  readonly error: string;
  readonly exitCode: number | undefined;
  readonly at: string;
}

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs: number;
  /** Keeps the output out of the log of the stage. */
  readonly quiet?: boolean;
}

/** A file that the harness keeps in a volume of the app. */
export interface VolumeFile {
  /** A service that mounts the volume. */
  readonly service: string;
  /** Compose key of the volume. */
  readonly volume: string;
  /** Below the root of the volume, without a leading slash. */
  readonly path: string;
}

/** What a running service mounts, for deciding which markers an app gets. */
export interface ServiceFacts {
  readonly service: string;
  readonly image: string;
  /** Named volumes by compose key, with their full names and where they are mounted. */
  readonly volumes: readonly {
    readonly volume: string;
    readonly volumeName: string;
    readonly target: string;
    readonly readOnly: boolean;
  }[];
  /** Labels of the service, the stack's prefix replaced by nothing: as they stand in the rendered stack. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its containers, which are others; absent where the platform has none. */
  readonly containerLabels?: Readonly<Record<string, string>>;
  readonly updateOrder: 'start-first' | 'stop-first';
}

/** What an inventory is taken of: one environment, or all that carries the instance's label. */
export type InventoryScope = { readonly environment: Environment } | { readonly instance: string };

export interface InventoryItem extends Owned {
  readonly environmentId: string | undefined;
  readonly runId: string | undefined;
  /** Stack in which it is, where the platform says so. */
  readonly stack?: string;
}

/**
 * The place where apps live. One contract for every adapter, kept by `test/platform/contract.ts`:
 *
 * 1. `examine` creates nothing that outlives the call.
 * 2. `createApp` writes the checkout, the env file and the secrets; `deploy` makes the services. Each is an *ensure*:
 *    called again after a crash it inspects what exists and goes on, and never creates a second one. Called for another
 *    version of an app that exists, they add what that version needs and change the services in place.
 * 3. `deploy` records its intent (id and hash of the rendered bytes) durably before the first object is created. A
 *    second call for the same app and version resumes it: same bytes, only what is missing is made.
 * 4. `deploy` judges the rendered bytes with the policy before anything is created and rejects with `E_POLICY`.
 * 5. `converged` resolves only when replicas, update state, health and task ids have settled; it rejects early with
 *    `E_CRASH_LOOP`, `E_IMAGE_UNKNOWN`, `E_TASK_REJECTED`, and with `E_CONVERGE_TIMEOUT` naming the blocking service.
 * 6. A backup is one attempt: enumeration by the labels of the running services, pre-hooks, snapshot, post-hooks. The
 *    post-hooks run whatever failed before. A hook that fails rejects with `E_HOOK`; a hook of an earlier attempt that
 *    still runs in a container is ended first. `snapshotContents` reads the snapshot itself, never what was meant to be
 *    in it. `restoreBackup` puts files back over what is there and deletes nothing, as backup-bot-two does.
 * 7. `undeploy`, `removeData` and `removeFiles` succeed when there is nothing to do, attempt everything, and leave
 *    judging to `inventory`, which reports every object of the scope, whoever made it and however far it got.
 * 8. Every object carries the labels `cc-ci.instance`, `cc-ci.run`, `cc-ci.environment` and `cc-ci.deploy`.
 * 9. All changes are made through `operation.run`; a superseded attempt changes nothing.
 * 10. Failures are `CodedError`s; no secret value is in any message.
 */
export interface Platform {
  /** Fetches the recipe's repository and reads its version tags; rejects with `E_REF` when the head is not in it. */
  versions(operation: Operation, app: App, head: string): Promise<Versions>;
  /** The newest published version of the recipe, whatever branch it is on; rejects with `E_REF` when there is none. */
  newest(operation: Operation, app: App): Promise<Version & { readonly tag: string }>;
  examine(operation: Operation, app: App, version: Version, settings: AppSettings): Promise<Examination>;
  /** The version as plain data for the linter; a recipe that cannot be rendered has no stack. */
  readRecipe(operation: Operation, app: App, version: Version, settings: AppSettings): Promise<RecipeTree>;
  /** Where images and volumes lie; undefined when that cannot be seen from here. */
  dataDisk(): Promise<DataDisk | undefined>;
  /** What apps can have; undefined when that cannot be seen from here. */
  hostMemory(): Promise<HostMemory | undefined>;
  /** Those of the images that would have to be pulled. */
  absentImages(images: readonly string[]): Promise<readonly string[]>;
  pullImages(operation: Operation, images: readonly string[]): Promise<readonly ImageOutcome[]>;
  createApp(operation: Operation, app: App, version: Version, settings: AppSettings): Promise<void>;
  deploy(operation: Operation, app: App, version: Version, settings: AppSettings): Promise<DeployReceipt>;
  converged(
    operation: Operation,
    app: App,
    options: { readonly timeoutMs: number },
  ): Promise<readonly ServiceState[]>;
  exec(
    operation: Operation,
    app: App,
    service: string,
    argv: readonly [string, ...string[]],
    options: ExecOptions,
  ): Promise<CommandResult>;
  /** What runs now, by service; empty before the deploy. */
  serviceFacts(app: App): Promise<readonly ServiceFacts[]>;
  /**
   * Compares what runs with a fresh rendering of the version from a clean checkout: image, names of the environment,
   * digests of configs and secrets, mounts and labels, of services and tasks; and the label that names the version.
   */
  proveVersion(
    operation: Operation,
    app: App,
    version: Version,
    settings: AppSettings,
  ): Promise<readonly Assertion[]>;
  /**
   * Writes a file into a volume that the service mounts. Rejects with `E_MARKER` where its folder is missing: a folder
   * that is made for it would hide that the app has none.
   */
  writeVolumeFile(operation: Operation, app: App, file: VolumeFile, content: string): Promise<void>;
  /**
   * Content of a file of that path in any volume that running containers of the app mount; undefined when there is none.
   * A volume that nobody mounts any more does not count: the app has lost what is in it.
   */
  readVolumeFile(operation: Operation, app: App, path: string): Promise<string | undefined>;
  /** Removes the file from every volume that running containers of the app mount. */
  removeVolumeFile(operation: Operation, app: App, path: string): Promise<void>;
  /**
   * Makes ahead what the first backup would take long to make: it goes on beside other operations, in a lane of its own.
   * Does nothing when no running service has a label that asks for a backup; a backup needs no such help.
   */
  prepareBackup(operation: Operation, app: App): Promise<void>;
  /** Undefined when no running service has a label that asks for a backup. */
  createBackup(operation: Operation, app: App): Promise<Snapshot | undefined>;
  snapshotContents(operation: Operation, app: App, snapshot: Snapshot): Promise<readonly SnapshotEntry[]>;
  restoreBackup(operation: Operation, app: App, snapshot: Snapshot): Promise<void>;
  /** Value of a secret of the app by its name in the compose file. Rejects with `E_SECRET_MISSING`. */
  secretValue(operation: Operation, app: App, name: string): Promise<string>;
  /** The specs that a version of the recipe brings itself. Runs nothing of them. */
  repositorySpecs(operation: Operation, app: App, version: Version): Promise<RepositorySpecs>;
  /**
   * Runs them where nothing but the app can be reached: no socket, file or secret of the host or of anybody else, bounded
   * in everything. Rejects only with faults of the host.
   */
  runIsolated(operation: Operation, task: IsolatedTask): Promise<IsolatedOutcome>;
  serviceStates(app: App): Promise<readonly ServiceState[]>;
  taskHistory(app: App): Promise<readonly TaskRecord[]>;
  /** Writes the logs of every service of the app to `<folder>/<service>.log`, redacted; returns the file names. */
  saveLogs(operation: Operation, app: App, folder: string): Promise<readonly string[]>;
  undeploy(operation: Operation, app: App): Promise<void>;
  removeData(operation: Operation, app: App): Promise<void>;
  /** Removes checkouts, env files and private files of the environment; the ledger and the fence stay. */
  removeFiles(operation: Operation): Promise<void>;
  inventory(scope: InventoryScope): Promise<readonly InventoryItem[]>;
  /**
   * What looks like a part of an environment of this DNS zone by its name alone, without a label of any installation. It
   * is told to people and never removed.
   */
  strangers(zone: string): Promise<readonly Owned[]>;
}

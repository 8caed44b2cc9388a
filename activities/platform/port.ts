import type { App, Environment, Refusal, Version } from '../../domain/plan.ts';
import type { Grants } from '../../domain/recipe.ts';
import type { Owned } from '../../domain/results.ts';
import type { CommandResult } from '../support/run-command.ts';
import type { Operation } from '../support/operation.ts';

/** What cc-ci adds to the env sample of the recipe. */
export interface AppSettings {
  readonly env: Readonly<Record<string, string>>;
  readonly grants: Grants;
}

/** What the recipe's repository says about the head under review. */
export interface Versions {
  /** The head, with its tag when it is a published version itself. */
  readonly head: Version;
  /** The newest published version (tag `X.Y.Z+upstream`) before the head, when there is one. */
  readonly previous: Version | undefined;
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
}

export interface ImageOutcome {
  readonly name: string;
  readonly outcome: 'present' | 'pulled';
  /** `sha256:…` of the manifest, or of the local image when no registry ever served it. */
  readonly digest: string;
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
  readonly desired: number;
  /** Swarm's update state, `none` when there has not been an update. */
  readonly update: string;
  readonly health: 'healthy' | 'starting' | 'unhealthy' | 'none';
  readonly restarts: number;
  /** Ids of the tasks that run now. */
  readonly tasks: readonly string[];
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
}

/** What an inventory is taken of: one environment, or all that carries the instance's label. */
export type InventoryScope = { readonly environment: Environment } | { readonly instance: string };

export interface InventoryItem extends Owned {
  readonly environmentId: string | undefined;
  readonly runId: string | undefined;
}

/**
 * The place where apps live. One contract for every adapter, kept by `test/platform/contract.ts`:
 *
 * 1. `examine` creates nothing that outlives the call.
 * 2. `createApp` writes the checkout, the env file and the secrets; `deploy` makes the services. Each is an *ensure*:
 *    called again after a crash it inspects what exists and goes on, and never creates a second one.
 * 3. `deploy` records its intent (id and hash of the rendered bytes) durably before the first object is created. A
 *    second call for the same app and version resumes it: same bytes, only what is missing is made.
 * 4. `deploy` judges the rendered bytes with the policy before anything is created and rejects with `E_POLICY`.
 * 5. `converged` resolves only when replicas, update state, health and task ids have settled; it rejects early with
 *    `E_CRASH_LOOP`, `E_IMAGE_UNKNOWN`, `E_TASK_REJECTED`, and with `E_CONVERGE_TIMEOUT` naming the blocking service.
 * 6. `undeploy`, `removeData` and `removeFiles` succeed when there is nothing to do, attempt everything, and leave
 *    judging to `inventory`, which reports every object of the scope, whoever made it and however far it got.
 * 7. Every object carries the labels `cc-ci.instance`, `cc-ci.run`, `cc-ci.environment` and `cc-ci.deploy`.
 * 8. All changes are made through `operation.run`; a superseded attempt changes nothing.
 * 9. Failures are `CodedError`s; no secret value is in any message.
 */
export interface Platform {
  /** Fetches the recipe's repository and reads its version tags; rejects with `E_REF` when the head is not in it. */
  versions(operation: Operation, app: App, head: string): Promise<Versions>;
  examine(operation: Operation, app: App, version: Version, settings: AppSettings): Promise<Examination>;
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
  serviceStates(app: App): Promise<readonly ServiceState[]>;
  taskHistory(app: App): Promise<readonly TaskRecord[]>;
  /** Writes the logs of every service of the app to `<folder>/<service>.log`, redacted; returns the file names. */
  saveLogs(operation: Operation, app: App, folder: string): Promise<readonly string[]>;
  undeploy(operation: Operation, app: App): Promise<void>;
  removeData(operation: Operation, app: App): Promise<void>;
  /** Removes checkouts, env files and private files of the environment; the ledger and the fence stay. */
  removeFiles(operation: Operation): Promise<void>;
  inventory(scope: InventoryScope): Promise<readonly InventoryItem[]>;
}

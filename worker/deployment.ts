import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker, type WorkerDeploymentOptions, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { DECISIONS_QUEUE } from '../domain/queues.ts';
import type { WorkflowBuild } from './workflow-bundle.ts';

/** All workers of the decisions queue are versions of this one deployment. */
const DEPLOYMENT = 'cc-ci';

/** A poll lasts a minute; of workers elsewhere nothing else is known. */
const POLLED_WITHIN_MS = 90_000;

const FAIL_WHEN_UNFIT = ['NondeterminismError', 'DeterminismViolationError'] as const;

/** Every workflow moves with its next task to the current build, unless it is pinned (docs/adr/0013). */
export function versioned({ build }: WorkflowBuild): { workerDeploymentOptions: WorkerDeploymentOptions } {
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: DEPLOYMENT, buildId: build },
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

/**
 * A run that the current build cannot replay is closed, so that its guard takes over. Guards and pools are not: they wait
 * for a build that can.
 */
export const FAILURE_TYPES: NonNullable<WorkerOptions['workflowFailureErrorTypes']> = {
  '*': [],
  recipeRun: [...FAIL_WHEN_UNFIT],
  recipePlan: [...FAIL_WHEN_UNFIT],
};

interface OpenWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  /** The build that did its last task; absent before the first one. */
  readonly build: string | undefined;
  /** Absent when it goes wherever the current build is. */
  readonly pinnedTo: string | undefined;
}

/** One build's part in the deployment: which build is current, and who has to stay on an older one. */
export class Deployment {
  private readonly client: Client;
  private readonly built: WorkflowBuild;
  private readonly logger: Logger;

  constructor(client: Client, built: WorkflowBuild, logger: Logger) {
    this.client = client;
    this.built = built;
    this.logger = logger;
  }

  /**
   * Makes this build the current one. Open workflows whose history it cannot replay are pinned before to the build they are
   * on, if somebody still works there.
   */
  async takeOver(): Promise<void> {
    await this.registered();
    const open = await this.open();
    const atWork = await this.buildsAtWork();
    const elsewhere = open.filter(({ build }) => build !== undefined && build !== this.built.build);
    for (const workflow of await this.unfit(elsewhere)) {
      const { workflowId, build = '', pinnedTo } = workflow;
      const stays = pinnedTo ?? (atWork.has(build) ? build : undefined);
      this.logger.warn({ workflowId, build, stays }, 'a workflow does not fit this build');
      if (stays !== undefined && pinnedTo === undefined) await this.pin(workflow, stays);
    }
    await this.service.setWorkerDeploymentCurrentVersion({
      ...this.deployment,
      buildId: this.built.build,
      // A build may be tried that has no worker for a queue which nobody uses any more.
      ignoreMissingTaskQueues: true,
    });
    this.logger.info({ build: this.built.build }, 'this build is the current one');
  }

  /** To be called now and then: a current build without workers, and pins to such builds, would let workflows hang. */
  async mend(): Promise<void> {
    const atWork = await this.buildsAtWork();
    const current = await this.current();
    if (current !== this.built.build) {
      if (current !== undefined && atWork.has(current)) return;
      this.logger.warn({ current }, 'nobody works on the current build');
      await this.takeOver();
    }
    await this.unpin(({ pinnedTo = '' }) => !atWork.has(pinnedTo));
  }

  /** Whether an open workflow can only go on with this build, which is no longer the current one. */
  async isNeeded(): Promise<boolean> {
    if ((await this.current()) === this.built.build) return false;
    return (await this.open()).some(({ pinnedTo }) => pinnedTo === this.built.build);
  }

  /** Sends everybody who was kept on this build to the current one. */
  async letGo(): Promise<void> {
    if ((await this.current()) === this.built.build) return;
    await this.unpin(({ pinnedTo }) => pinnedTo === this.built.build);
  }

  private get service() {
    return this.client.workflowService;
  }

  private get deployment() {
    const { namespace } = this.client.options;
    return { namespace, deploymentName: DEPLOYMENT };
  }

  /** The server learns of a build by the first poll of its workers. */
  private async registered(): Promise<void> {
    for (;;) {
      const known = await this.described();
      if (known?.versionSummaries?.some((one) => one.deploymentVersion?.buildId === this.built.build)) return;
      await delay(200);
    }
  }

  private async current(): Promise<string | undefined> {
    const version = (await this.described())?.routingConfig?.currentDeploymentVersion?.buildId;
    return version === '' || version === null ? undefined : version;
  }

  private async described() {
    try {
      return (await this.service.describeWorkerDeployment(this.deployment)).workerDeploymentInfo ?? undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** Builds that somebody polls for, by what the server knows of pollers and this host of processes. */
  private async buildsAtWork(): Promise<ReadonlySet<string>> {
    const { pollers } = await this.service.describeTaskQueue({
      namespace: this.deployment.namespace,
      taskQueue: { name: DECISIONS_QUEUE },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    });
    const builds = new Set<string>();
    for (const { identity, lastAccessTime, deploymentOptions } of pollers ?? []) {
      const [pid, host] = (identity ?? '').split('@');
      const polledMs = Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000;
      const lives = host === hostname() ? isAlive(Number(pid)) : polledMs < POLLED_WITHIN_MS;
      if (lives && deploymentOptions?.buildId) builds.add(deploymentOptions.buildId);
    }
    return builds;
  }

  private async open(): Promise<readonly OpenWorkflow[]> {
    const query = `TaskQueue = '${DECISIONS_QUEUE}' AND ExecutionStatus = 'Running'`;
    const found: WorkflowExecutionInfo[] = [];
    for await (const workflow of this.client.workflow.list({ query })) found.push(workflow);
    return Promise.all(
      found.map(async ({ workflowId, runId }) => {
        const { raw } = await this.client.workflow.getHandle(workflowId, runId).describe();
        const { deploymentVersion, versioningOverride } = raw.workflowExecutionInfo?.versioningInfo ?? {};
        return {
          workflowId,
          runId,
          build: deploymentVersion?.buildId ?? undefined,
          pinnedTo: versioningOverride?.pinned?.version?.buildId ?? undefined,
        };
      }),
    );
  }

  /** Those of the workflows that this build cannot replay. */
  private async unfit(workflows: readonly OpenWorkflow[]): Promise<readonly OpenWorkflow[]> {
    if (workflows.length === 0) return [];
    const { client } = this;
    async function* histories() {
      for (const { workflowId, runId } of workflows) {
        const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        yield { workflowId, history };
      }
    }
    const { codePath } = this.built;
    const { dataConverter } = client.options;
    const unfit = new Map<string, string>();
    const options = { workflowBundle: { codePath }, ...(dataConverter ? { dataConverter } : {}) };
    for await (const { runId, error } of Worker.runReplayHistories(options, histories())) {
      if (error) unfit.set(runId, error.message);
    }
    return workflows.filter(({ runId }) => unfit.has(runId));
  }

  private async unpin(which: (workflow: OpenWorkflow) => boolean): Promise<void> {
    for (const workflow of await this.open()) {
      if (workflow.pinnedTo !== undefined && which(workflow)) await this.pin(workflow, undefined);
    }
  }

  private async pin({ workflowId, runId }: OpenWorkflow, build: string | undefined): Promise<void> {
    this.logger.info({ workflowId, build }, build === undefined ? 'unpinned' : 'pinned to its build');
    const version = { deploymentName: DEPLOYMENT, buildId: build ?? '' };
    const behavior =
      proto.temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior
        .PINNED_OVERRIDE_BEHAVIOR_PINNED;
    await this.service
      .updateWorkflowExecutionOptions({
        namespace: this.deployment.namespace,
        workflowExecution: { workflowId, runId },
        workflowExecutionOptions:
          build === undefined ? {} : { versioningOverride: { pinned: { behavior, version } } },
        updateMask: { paths: ['versioning_override'] },
      })
      // Closed in the meantime.
      .catch((error: unknown) => this.logger.info({ workflowId, error }, 'it could not be moved'));
  }
}

const NOT_FOUND = 5;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

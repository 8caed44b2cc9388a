import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  uuid4,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { GuardReport, Release } from '../domain/guard.ts';
import { appDomain, guardId, stackName } from '../domain/ids.ts';
import type { Environment, RunInput } from '../domain/plan.ts';
import type { TeardownReport } from '../domain/results.ts';
import type { StageResult } from '../domain/stages.ts';
import type { environmentGuard } from './environment-guard.ts';
import { releaseSignal, stageNoteSignal } from './messages.ts';

/** On top of waiting and deadline: evidence, publishing and a margin for takeovers. */
const TTL_MARGIN_MS = 30 * 60_000;

/** The run's side of its environment: the guard that owns it, and the talk with it. */
export class OpenEnvironment {
  readonly environment: Environment;
  readonly guardId: string;
  private readonly report: Promise<TeardownReport>;
  private ended = false;

  private constructor(environment: Environment, guard: ChildWorkflowHandle<typeof environmentGuard>) {
    this.environment = environment;
    this.guardId = guard.workflowId;
    // Asked for here, outside the scope of the stages, so that their end does not end the wait.
    this.report = guard.result().then(
      (result: GuardReport) => result.teardown,
      (error: unknown) => unreported(error),
    );
    void this.report.then(() => {
      this.ended = true;
    });
  }

  /**
   * Draws the identity of the environment and waits until its guard has started: from then on whatever gets created is
   * removed. Both happen in one workflow task, so that a reset to any point draws a new identity or keeps its guard.
   */
  static open(input: RunInput): Promise<OpenEnvironment> {
    return CancellationScope.nonCancellable(async () => {
      const { workflowId, startTime } = workflowInfo();
      const environment = planEnvironment(input, workflowId, uuid4());
      const guard = await startChild<typeof environmentGuard>('environmentGuard', {
        workflowId: guardId(workflowId, environment.id),
        args: [
          {
            environment,
            run: input,
            startedAt: startTime.toISOString(),
            ttlMs: input.leaseWaitMs + input.deadlineMs + TTL_MARGIN_MS,
          },
        ],
        // A task that a dying worker has taken is given to another one after this time.
        workflowTaskTimeout: '5 seconds',
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: `guard of ${environment.apps.map((app) => app.domain).join(', ')}`,
      });
      return new OpenEnvironment(environment, guard);
    });
  }

  /** The guard is gone: by its time to live, or because somebody ended it. Nothing protects the environment any more. */
  get guardEnded(): boolean {
    return this.ended;
  }

  /** Tells the guard how a stage ended, for the case that the run cannot report any more. */
  async note(stage: StageResult): Promise<void> {
    // By id: after a reset the child's handle no longer reaches a guard that was started before it.
    await this.quietly((guard) => guard.signal(stageNoteSignal, stage));
  }

  /** Gives the environment up and waits for the verified removal, or for word that something is left. */
  async release(release: Release, leaked: () => TeardownReport | undefined): Promise<TeardownReport> {
    await this.quietly((guard) => guard.signal(releaseSignal, release));
    const word = condition(() => leaked() !== undefined).then(() => leaked());
    return (await Promise.race([this.report, word])) ?? this.report;
  }

  /** A guard that has ended already (time to live, or a reset after the removal) says so in its result. */
  private async quietly(
    send: (guard: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
  ): Promise<void> {
    try {
      await send(getExternalWorkflowHandle(this.guardId));
    } catch {
      return;
    }
  }
}

/** A guard that was terminated, or failed, cannot say what is left: that counts as something being left. */
function unreported(error: unknown): TeardownReport {
  const name = `unknown: the guard ended without a report (${String(error)})`;
  return {
    cause: 'abnormal',
    killed: 0,
    removed: [],
    left: [{ kind: 'file', name }],
    passes: 0,
    durationMs: 0,
  };
}

function planEnvironment(input: RunInput, runId: string, id: string): Environment {
  const { recipe, source, zone, instance, host } = input;
  const domain = appDomain({ recipe, role: 'app', environmentId: id, zone });
  const app = { role: 'app', recipe, source, domain, stack: stackName(domain) };
  return { id, runId, instance, host, apps: [app] };
}

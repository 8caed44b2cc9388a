import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  uuid4,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { GuardInput, GuardReport, Release } from '../domain/guard.ts';
import type { Hold } from '../domain/hold.ts';
import { appDomain, guardId, stackName } from '../domain/ids.ts';
import type { App, Environment, Plan, RunInput } from '../domain/plan.ts';
import type { TeardownReport } from '../domain/results.ts';
import { realmName } from '../domain/sso.ts';
import type { StageResult } from '../domain/stages.ts';
import type { environmentGuard } from './environment-guard.ts';
import { holdSignal, releaseSignal, stageNoteSignal } from './messages.ts';
import { identityOf } from './search-keys.ts';

type GuardHandle = ChildWorkflowHandle<typeof environmentGuard>;

/** On top of waiting and deadline: evidence, publishing and a margin for takeovers. */
const TTL_MARGIN_MS = 30 * 60_000;

/** Twice without a guard's report: that counts as something being left. */
const UNREPORTED: TeardownReport = {
  cause: 'abnormal',
  killed: 0,
  removed: [],
  left: [{ kind: 'file', name: 'unknown: the guard ended without a report' }],
  passes: 0,
  durationMs: 0,
};

/** The run's side of its environment: the guard that owns it, and the talk with it. */
export class OpenEnvironment {
  readonly environment: Environment;
  private readonly input: GuardInput;
  private guard: GuardHandle;
  /** `undefined` when the guard was terminated or failed: then nobody knows what is left. */
  private report: Promise<TeardownReport | undefined>;

  private constructor(input: GuardInput, guard: GuardHandle) {
    this.environment = input.environment;
    this.input = input;
    this.guard = guard;
    this.report = reportOf(guard);
  }

  /**
   * Draws the identity of the environment and waits until its guard has started: from then on whatever gets created is
   * removed. Both happen in one workflow task, so that a reset to any point draws a new identity or keeps its guard.
   */
  static open(
    run: RunInput,
    plan: Plan,
    { sofar, registries }: Pick<GuardInput, 'sofar'> & Required<Pick<GuardInput, 'registries'>>,
  ): Promise<OpenEnvironment> {
    return CancellationScope.nonCancellable(async () => {
      const { workflowId, startTime } = workflowInfo();
      const environment = planEnvironment(run, plan, { id: uuid4(), runId: workflowId });
      const ttlMs = run.leaseWaitMs + run.deadlineMs + TTL_MARGIN_MS;
      const input = { environment, run, sofar, registries, startedAt: startTime.toISOString(), ttlMs };
      return new OpenEnvironment(input, await startGuard(guardId(workflowId, environment.id), input));
    });
  }

  get guardId(): string {
    return this.guard.workflowId;
  }

  /** The guard ended: by its time to live, because somebody ended it, or with its report. */
  onGuardEnded(act: () => void): void {
    void this.report.then(act);
  }

  /** Tells the guard how a stage ended, for the case that the run cannot report any more. */
  async note(stage: StageResult): Promise<void> {
    // By id: after a reset the child's handle no longer reaches a guard that was started before it.
    await this.quietly((guard) => guard.signal(stageNoteSignal, stage));
  }

  /** Leaves the environment to its guard until the hold is over, whatever becomes of the run. */
  async hold(hold: Hold): Promise<void> {
    await this.quietly((guard) => guard.signal(holdSignal, hold));
  }

  /**
   * Gives the environment up and waits for the verified removal, or for word that something is left. A guard that was
   * lost is replaced: its successor closes the fence and removes what it finds.
   */
  async release(release: Release, leaked: () => TeardownReport | undefined): Promise<TeardownReport> {
    const word = condition(() => leaked() !== undefined).then(() => leaked());
    await this.quietly((guard) => guard.signal(releaseSignal, release));
    const report = await Promise.race([this.report, word]);
    if (report) return report;
    this.guard = await startGuard(`${this.guardId}-${uuid4().slice(0, 4)}`, this.input);
    this.report = reportOf(this.guard);
    await this.quietly((guard) => guard.signal(releaseSignal, release));
    return (await Promise.race([this.report, word])) ?? UNREPORTED;
  }

  /** A guard that has ended already (time to live, or a reset after the removal) says so in its result. */
  private async quietly(
    send: (guard: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
  ): Promise<void> {
    try {
      await send(getExternalWorkflowHandle(this.guardId));
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }
}

function startGuard(workflowId: string, input: GuardInput): Promise<GuardHandle> {
  return startChild<typeof environmentGuard>('environmentGuard', {
    workflowId,
    args: [input],
    // A task that a dying worker has taken is given to another one after this time.
    workflowTaskTimeout: '5 seconds',
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    typedSearchAttributes: identityOf(input.run),
    staticSummary: `guard of ${input.environment.apps.map((app) => app.domain).join(', ')}`,
    staticDetails: `Removes the environment of \`${input.environment.runId}\` in whatever way that run ends, and verifies it.`,
  });
}

/** Asked for where the guard is started, outside the scope of the stages, so that their end does not end the wait. */
function reportOf(guard: GuardHandle): Promise<TeardownReport | undefined> {
  return guard.result().then(
    (result: GuardReport) => result.teardown,
    (error: unknown) => {
      log.warn('the guard ended without a report', { guard: guard.workflowId, error: String(error) });
      return undefined;
    },
  );
}

function planEnvironment(
  { recipe, source, zone, instance, host }: RunInput,
  { dependencies = [] }: Plan,
  { id, runId }: { readonly id: string; readonly runId: string },
): Environment {
  const planApp = (role: string, app: { readonly recipe: string; readonly source: string }): App => {
    const domain = appDomain({ recipe: app.recipe, role, environmentId: id, zone });
    return { role, recipe: app.recipe, source: app.source, domain, stack: stackName(domain) };
  };
  const needed = dependencies
    .filter(({ warm }) => warm === undefined)
    .map((dependency) => planApp(dependency.recipe, dependency));
  const apps = [...needed, planApp('app', { recipe, source })];
  // Known before any of them exists, as all that the guard removes.
  const realms = dependencies.flatMap(({ warm }) => (warm ? [{ ...warm, name: realmName(id) }] : []));
  return { id, runId, instance, host, apps, ...(realms.length > 0 ? { realms } : {}) };
}

import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { buildResults } from '../domain/build-results.ts';
import { newsOf } from '../domain/health.ts';
import { registryHost } from '../domain/image-reference.ts';
import { withSeen } from '../domain/failure-signature.ts';
import type { LintFinding } from '../domain/lint/finding.ts';
import type { Release } from '../domain/guard.ts';
import { runInputSchema, type Environment, type Plan, type RunInput, type Version } from '../domain/plan.ts';
import type { Results, TeardownReport } from '../domain/results.ts';
import { withTeardown } from '../domain/with-teardown.ts';
import { hostCleanup, hostSteps } from './activity-options.ts';
import { OpenEnvironment } from './environment.ts';
import { explain, type Explained } from './failures.ts';
import { Lifecycle } from './lifecycle.ts';
import {
  cancelRunUpdate,
  leakedSignal,
  leaseHeldSignal,
  progressQuery,
  resultsQuery,
  waitNewsSignal,
} from './messages.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';
import { RunHold } from './run-hold.ts';
import { RunRecord } from './run-record.ts';
import { signsOf } from './run-signs.ts';
import { lint } from './stages/lint.ts';
import { withDeadline } from './with-deadline.ts';

/** Bound on reading the recipe, before its own limits are known. */
const PREPARE_TIMEOUT_MS = 5 * 60_000;

/**
 * One execution of the lifecycle for a recipe's head. Its verdict is a result, never a failure of the workflow: only a
 * malformed input fails it.
 */
export async function recipeRun(untrusted: RunInput): Promise<Results> {
  const parsed = runInputSchema.safeParse(untrusted);
  if (!parsed.success) throw ApplicationFailure.nonRetryable(parsed.error.message, 'E_INTERNAL');
  return new RecipeRun(parsed.data).execute();
}

/** What is known of the last environment that was closed. */
interface Closed {
  readonly environment?: Environment;
  readonly deployCount: number | undefined;
  /** Roles of the apps that have been deployed. */
  readonly deployed?: readonly string[];
  readonly teardown?: TeardownReport;
}

class RecipeRun {
  private readonly input: RunInput;
  private readonly runId = workflowInfo().workflowId;
  private readonly startedAt = workflowInfo().startTime.toISOString();
  private readonly record: RunRecord;
  private readonly hold: RunHold;
  private readonly stages = new CancellationScope();
  private plan: Plan | undefined;
  private findings: readonly LintFinding[] = [];
  /** Absent before the first environment and between the two of a run with a broken base. */
  private opened: OpenEnvironment | undefined;
  private closed: Closed = { deployCount: 0 };
  private lifecycle: Lifecycle | undefined;
  private baseFailure: Explained | undefined;
  private cancelReason: string | undefined;
  private past = false;
  /** Of the deadline, which begins when the lease is granted. */
  private leftMs: number;
  private guardLost = false;
  private leaseHeldFor: string | undefined;
  /** Written to the host; while the environment is held the removal is missing in them. */
  private published: Results | undefined;
  private leak: { environmentId: string; report: TeardownReport } | undefined;

  constructor(input: RunInput) {
    this.input = input;
    this.leftMs = input.deadlineMs;
    this.record = new RunRecord(this.runId, input);
    this.hold = new RunHold(input, this.record, () => this.past);
    setHandler(progressQuery, () => this.record.progress);
    setHandler(resultsQuery, () => this.published);
    setHandler(
      cancelRunUpdate,
      ({ reason }: { readonly reason: string }) => {
        this.cancelReason ??= reason;
        this.stages.cancel();
      },
      {
        validator: ({ reason }: { readonly reason: string }) => {
          if (reason.length > 500) throw new Error('a reason has at most 500 characters');
          if (this.past && !this.hold.isUnderWay)
            throw new Error('the run is past its stages; its environment is being removed');
        },
      },
    );
    setHandler(leaseHeldSignal, ({ environmentId }) => {
      this.leaseHeldFor = environmentId;
    });
    setHandler(waitNewsSignal, ({ reason }) => this.record.passedOver(reason));
    setHandler(leakedSignal, (leak) => {
      this.leak = leak;
    });
    CancellationScope.current().cancelRequested.catch(() => {
      this.cancelReason ??= 'cancelled';
    });
  }

  async execute(): Promise<Results> {
    let ended: Explained | undefined;
    try {
      ended = await this.stages.run(() => this.everything());
    } catch (error) {
      ended = this.why(error);
    }
    this.past = true;
    return CancellationScope.nonCancellable(() => this.finish(ended));
  }

  /** Returns why the run ended before its stages, if it did. */
  private async everything(): Promise<Explained | undefined> {
    const { input, record } = this;
    const what = `${input.recipe} at ${input.head.slice(0, 8)}`;
    const prepare = hostSteps(input.host, PREPARE_TIMEOUT_MS).prepare;
    const plan = await prepare.executeWithOptions({ summary: `read ${what}` }, [
      { ...input, runId: this.runId },
    ]);
    this.plan = plan;
    if (input.stages.includes('lint')) {
      this.findings = (await lint(record, input, this.runId, plan)).findings;
    }
    const refusal = plan.refusals[0];
    if (refusal) {
      const more = plan.refusals.length > 1 ? ` (and ${plan.refusals.length - 1} more)` : '';
      return { code: refusal.code, reason: `${refusal.file}:${refusal.line}: ${refusal.message}${more}` };
    }
    if (input.stages.every((stage) => stage === 'lint')) return undefined;
    const ended = await this.onEnvironment(plan, plan.base);
    // A base that never ran leaves nothing behind, so the head could be graded at once.
    if (ended || !this.baseFailure || this.lifecycle?.deploysHead) return ended;
    return this.onSecondEnvironment(plan);
  }

  /** Opens an environment and runs the stages on it, the deploy of `base` first; of the head when there is none. */
  private async onEnvironment(plan: Plan, base: Version | undefined): Promise<Explained | undefined> {
    const { input, record } = this;
    record.enter('waiting for the host');
    const { baseFailure } = this;
    const opened = await OpenEnvironment.open(input, plan, {
      sofar: { stages: [...record.stages], baseFailure },
      registries: [...new Set(plan.absent?.map(registryHost))],
    });
    this.opened = opened;
    // Without its guard nothing would remove what the stages still make.
    opened.onGuardEnded(() => {
      if (this.opened !== opened) return;
      this.guardLost = true;
      this.stages.cancel();
    });
    const { id, apps } = opened.environment;
    record.openedEnvironment({ id, domain: apps.at(-1)?.domain ?? '', guardId: opened.guardId });
    const held = await condition(() => this.leaseHeldFor === id, input.leaseWaitMs, {
      summary: `wait at most for host ${input.host}`,
    });
    if (!held) {
      const why = record.progress.waitingFor;
      const because = why === undefined ? '' : `: ${why}`;
      return { code: 'E_LEASE_WAIT', reason: `host ${input.host} was not free in time${because}` };
    }
    const lifecycle = new Lifecycle({ input, plan, record, opened, baseFailure });
    this.lifecycle = lifecycle;
    const grantedMs = Date.now();
    await withDeadline(this.leftMs, () => lifecycle.run(base));
    // Removing a first environment and waiting for a second one does not count.
    this.leftMs = Math.max(1, this.leftMs - (Date.now() - grantedMs));
    this.baseFailure = lifecycle.baseFailure;
    return undefined;
  }

  /** The published version does not install: what is left to know of the head is found out without it. */
  private async onSecondEnvironment(plan: Plan): Promise<Explained | undefined> {
    const { opened } = this;
    if (!opened) throw new Error('there is no first environment');
    await CancellationScope.nonCancellable(async () => {
      await this.collectEvidence(opened);
      await this.remove(opened, { abnormal: false });
    });
    if (this.closed.teardown?.left.length !== 0) return undefined;
    return this.onEnvironment(plan, undefined);
  }

  private why(error: unknown): Explained {
    if (!isCancellation(error)) return explain(error);
    if (this.guardLost) return { code: 'E_INTERNAL', reason: 'the guard ended before its run' };
    if (this.cancelReason !== undefined) return { code: 'E_CANCELLED', reason: this.cancelReason };
    return { code: 'E_DEADLINE', reason: `the run took longer than ${this.input.deadlineMs / 1000} s` };
  }

  /** Ends the work on an environment and keeps what says how it went, whatever happened before. */
  private async collectEvidence(opened: OpenEnvironment): Promise<void> {
    const { environment } = opened;
    // From here on the end of its guard is what is waited for, and nothing to stop the stages for.
    this.opened = undefined;
    this.closed = { environment, deployCount: undefined };
    this.record.enter('removing');
    try {
      const collect = hostCleanup(this.input.host).collectEvidence;
      const evidence = await collect.executeWithOptions({ summary: 'collect evidence' }, [
        { environment, by: 'run' },
      ]);
      const { deployCount, deployed } = evidence;
      this.closed = { environment, deployCount, deployed };
    } catch (error) {
      // Diagnostics never mask what happened: the environment may be fenced off already.
      log.warn('no evidence could be collected', { error: String(error) });
    }
  }

  private async remove(opened: OpenEnvironment, release: Release): Promise<void> {
    this.record.enter('removing');
    const teardown = await opened.release(release, () => this.leakOf(opened));
    this.closed = { ...this.closed, teardown };
  }

  private leakOf({ environment }: OpenEnvironment): TeardownReport | undefined {
    return this.leak?.environmentId === environment.id ? this.leak.report : undefined;
  }

  /** Evidence, the hold if one is asked for, removal, grade and publication. */
  private async finish(ended: Explained | undefined): Promise<Results> {
    const { opened } = this;
    if (opened) {
      await this.collectEvidence(opened);
      // Whoever ended the run has no use for its environment.
      if (ended === undefined && this.hold.isWanted) await this.holdUp(opened);
      const graded = this.published ?? this.grade(ended);
      const { verdict } = graded;
      const health = newsOf(signsOf(graded, ended, this.lifecycle), Date.now());
      await this.remove(opened, { abnormal: ended !== undefined, verdict, health });
    }
    this.record.enter('publishing');
    const { teardown } = this.closed;
    const results = await this.publish(
      this.published && teardown ? withTeardown(this.published, teardown) : this.grade(ended),
    );
    this.record.graded(results);
    await condition(allHandlersFinished);
    return results;
  }

  /** Whoever waits for the verdict does not wait for the end of the hold. */
  private holdUp(opened: OpenEnvironment): Promise<void> {
    const stopped = () => this.cancelReason !== undefined || this.leakOf(opened) !== undefined;
    return this.hold.keep(opened, () => this.publish(this.grade(undefined)), stopped);
  }

  private grade(ended: Explained | undefined): Results {
    const { lifecycle } = this;
    return buildResults({
      input: this.input,
      runId: this.runId,
      plan: this.plan,
      startedAt: this.startedAt,
      nowMs: Date.now(),
      stages: this.record.stages,
      ended,
      images: lifecycle?.images ?? [],
      dependencies: lifecycle?.dependencies.results,
      deployed: this.closed.deployed,
      lint: this.findings,
      baseFailure: this.baseFailure ?? lifecycle?.baseFailure,
      downtime: lifecycle?.facts.downtime,
      backupAttempts: lifecycle?.facts.backupAttempts,
      markers: lifecycle?.facts.seeding?.markers,
      chaosVersion: lifecycle?.facts.chaosVersion,
      environment: this.closed.environment,
      deployCount: this.closed.deployCount,
      teardown: this.closed.teardown,
    });
  }

  private async publish(graded: Results): Promise<Results> {
    const write = hostCleanup(this.input.host).writeResults;
    const written = await retried(
      () => write.executeWithOptions({ summary: `write the results: ${graded.verdict}` }, [graded]),
      PUBLISH_FOR_MS,
    );
    return (this.published = withSeen(graded, written?.seen));
  }
}

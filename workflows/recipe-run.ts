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
import { runInputSchema, type Plan, type RunInput } from '../domain/plan.ts';
import type { Results, TeardownReport } from '../domain/results.ts';
import { hostCleanup, hostSteps } from './activity-options.ts';
import { OpenEnvironment } from './environment.ts';
import { explain, type Explained } from './failures.ts';
import { install } from './install.ts';
import { cancelRunUpdate, leakedSignal, leaseHeldSignal, progressQuery } from './messages.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';
import { RunRecord } from './run-record.ts';

/** Bound on reading the recipe, before its own limits are known. */
const PREPARE_TIMEOUT_MS = 5 * 60_000;
/** Bound on all pulls together. */
const FETCH_TIMEOUT_MS = 30 * 60_000;

/**
 * One execution of the lifecycle for a recipe's head. Its verdict is a result, never a failure of the workflow: only a
 * malformed input fails it.
 */
export async function recipeRun(untrusted: RunInput): Promise<Results> {
  const parsed = runInputSchema.safeParse(untrusted);
  if (!parsed.success) throw ApplicationFailure.nonRetryable(parsed.error.message, 'E_INTERNAL');
  return new RecipeRun(parsed.data).execute();
}

class RecipeRun {
  private readonly input: RunInput;
  private readonly runId = workflowInfo().workflowId;
  private readonly startedAt = workflowInfo().startTime.toISOString();
  private readonly record: RunRecord;
  private readonly stages = new CancellationScope();
  private plan: Plan | undefined;
  private opened: OpenEnvironment | undefined;
  private images: Results['images'] = [];
  private cancelReason: string | undefined;
  private past = false;
  private leaseHeldFor: string | undefined;
  private leak: { environmentId: string; report: TeardownReport } | undefined;

  constructor(input: RunInput) {
    this.input = input;
    this.record = new RunRecord(`${input.recipe} ${input.ref} (${input.head.slice(0, 8)})`, input.stages);
    setHandler(progressQuery, () => this.record.progress);
    setHandler(
      cancelRunUpdate,
      ({ reason }: { readonly reason: string }) => {
        this.cancelReason ??= reason;
        this.stages.cancel();
      },
      {
        validator: ({ reason }: { readonly reason: string }) => {
          if (reason.length > 500) throw new Error('a reason has at most 500 characters');
          if (this.past) throw new Error('the run is past its stages; its environment is being removed');
        },
      },
    );
    setHandler(leaseHeldSignal, ({ environmentId }) => {
      this.leaseHeldFor = environmentId;
    });
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
      ended = await this.stages.run(() => this.lifecycle());
    } catch (error) {
      ended = this.why(error);
    }
    this.past = true;
    return CancellationScope.nonCancellable(() => this.finish(ended));
  }

  /** Returns why the run ended before its stages, if it did. */
  private async lifecycle(): Promise<Explained | undefined> {
    const { input, record } = this;
    const what = `${input.recipe} at ${input.head.slice(0, 8)}`;
    const prepare = hostSteps(input.host, PREPARE_TIMEOUT_MS).prepare;
    const plan = await prepare.executeWithOptions({ summary: `read ${what}` }, [
      { ...input, runId: this.runId },
    ]);
    this.plan = plan;
    const refusal = plan.refusals[0];
    if (refusal) {
      const more = plan.refusals.length > 1 ? ` (and ${plan.refusals.length - 1} more)` : '';
      return { code: refusal.code, reason: `${refusal.file}:${refusal.line}: ${refusal.message}${more}` };
    }

    record.enter('waiting for the host');
    const opened = await OpenEnvironment.open(input);
    this.opened = opened;
    // Without its guard nothing would remove what the stages still make.
    opened.onGuardEnded(() => {
      this.stages.cancel();
    });
    const { id, apps } = opened.environment;
    record.openedEnvironment({ id, domain: apps.at(-1)?.domain ?? '', guardId: opened.guardId });
    const held = await condition(() => this.leaseHeldFor === id, input.leaseWaitMs);
    if (!held) return { code: 'E_LEASE_WAIT', reason: `host ${input.host} was not free in time` };
    await CancellationScope.withTimeout(input.deadlineMs, () => this.runStages(plan, opened));
    return undefined;
  }

  private async runStages(plan: Plan, opened: OpenEnvironment): Promise<void> {
    const { environment } = opened;
    this.record.enter('fetching images');
    const fetch = hostSteps(environment.host, FETCH_TIMEOUT_MS).fetchImages;
    const images = await fetch.executeWithOptions({ summary: `fetch ${plan.images.length} images` }, [
      { environment, images: plan.images },
    ]);
    this.images = images.map(({ name, digest }) => ({ name, digest }));
    this.record.enter('stages');
    await opened.note(await install(this.record, opened, plan.base ?? plan.head, plan.limits));
  }

  private why(error: unknown): Explained {
    if (!isCancellation(error)) return explain(error);
    if (this.opened?.guardEnded) return { code: 'E_INTERNAL', reason: 'the guard ended before its run' };
    if (this.cancelReason !== undefined) return { code: 'E_CANCELLED', reason: this.cancelReason };
    return { code: 'E_DEADLINE', reason: `the run took longer than ${this.input.deadlineMs / 1000} s` };
  }

  /** Evidence, removal, grade and publication; in this order, whatever happened before. */
  private async finish(ended: Explained | undefined): Promise<Results> {
    const { opened } = this;
    const cleanup = hostCleanup(this.input.host);
    let deployCount: number | undefined = opened ? undefined : 0;
    let teardown: TeardownReport | undefined;
    if (opened) {
      this.record.enter('removing');
      const { environment } = opened;
      try {
        const collect = cleanup.collectEvidence;
        const evidence = await collect.executeWithOptions({ summary: 'collect evidence' }, [
          { environment, by: 'run' },
        ]);
        deployCount = evidence.deployCount;
      } catch (error) {
        // Diagnostics never mask what happened: the environment may be fenced off already.
        log.warn('no evidence could be collected', { error: String(error) });
      }
      teardown = await opened.release({ abnormal: ended !== undefined }, () =>
        this.leak?.environmentId === environment.id ? this.leak.report : undefined,
      );
    }
    this.record.enter('publishing');
    const results = buildResults({
      input: this.input,
      runId: this.runId,
      environment: opened?.environment,
      plan: this.plan,
      startedAt: this.startedAt,
      nowMs: Date.now(),
      stages: this.record.stages,
      ended,
      teardown,
      deployCount,
      images: this.images,
    });
    const write = cleanup.writeResults;
    await retried(
      () => write.executeWithOptions({ summary: `write the results: ${results.verdict}` }, [results]),
      PUBLISH_FOR_MS,
    );
    this.record.graded(results);
    await condition(allHandlersFinished);
    return results;
  }
}

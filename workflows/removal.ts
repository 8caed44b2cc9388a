import { log, sleep } from '@temporalio/workflow';
import type { Environment } from '../domain/plan.ts';
import type { Owned, TeardownCause, TeardownReport } from '../domain/results.ts';
import { hostCleanup } from './activity-options.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';

/** Failed passes after which the run is told that objects are left. */
const PASSES = 3;
const BETWEEN_PASSES = '5 seconds';

/** The removal of one environment: fence first, then evidence where the run can give none, then passes. */
export class Removal {
  /** Of the ledger, once the evidence has been collected. */
  deployCount: number | undefined;
  private readonly removed: Map<string, Owned>;
  private readonly startedMs: number;
  private readonly cleanup;
  private readonly environment: Environment;
  private readonly cause: TeardownCause;
  private killed: number;
  private passes: number;
  private readonly show: (report: TeardownReport) => void;

  /**
   * @param sofar what is done already, when the removal goes on in another execution
   * @param show told after each pass
   */
  constructor(
    environment: Environment,
    sofar: Pick<TeardownReport, 'cause'> & Partial<TeardownReport>,
    show: (report: TeardownReport) => void,
  ) {
    const { cause, removed = [], killed = 0, passes = 0, durationMs = 0 } = sofar;
    this.environment = environment;
    this.cause = cause;
    this.removed = new Map(removed.map((item) => [keyOf(item), item]));
    this.killed = killed;
    this.passes = passes;
    this.startedMs = Date.now() - durationMs;
    this.show = show;
    this.cleanup = hostCleanup(environment.host);
  }

  async begin(): Promise<void> {
    const { environment } = this;
    try {
      const fence = this.cleanup.closeFence;
      const { killed } = await fence.executeWithOptions({ summary: 'close the fence' }, [{ environment }]);
      this.killed = killed;
    } catch (error) {
      // Every pass closes the fence itself before it removes anything.
      log.warn('the fence could not be closed yet', { error: String(error) });
    }
    // A run that could release its environment has collected the evidence itself.
    if (this.cause === 'released' || this.cause === 'abnormal') return;
    const collect = this.cleanup.collectEvidence;
    try {
      const evidence = await collect.executeWithOptions({ summary: 'collect evidence' }, [
        { environment, by: 'guard' },
      ]);
      this.deployCount = evidence.deployCount;
    } catch (error) {
      log.warn('no evidence could be collected', { error: String(error) });
    }
  }

  async untilEmpty(): Promise<TeardownReport> {
    let report = await this.pass();
    for (let failed = 1; report.left.length > 0 && failed < PASSES; failed += 1) {
      await sleep(BETWEEN_PASSES, { summary: 'until the next pass' });
      report = await this.pass();
    }
    return report;
  }

  /** One pass, and what the removal has come to with it. */
  async pass(): Promise<TeardownReport> {
    const report = this.report(await this.attempt());
    this.show(report);
    return report;
  }

  /** Corrects the record of a run that closed as leaked. */
  async amend(teardown: TeardownReport): Promise<void> {
    const { id: environmentId, runId } = this.environment;
    const amend = this.cleanup.amendResults;
    await retried(
      () =>
        amend.executeWithOptions({ summary: 'record what is left' }, [{ runId, environmentId, teardown }]),
      PUBLISH_FOR_MS,
    );
  }

  private async attempt(): Promise<readonly Owned[]> {
    const { environment } = this;
    this.passes += 1;
    try {
      const { removed, left } = await this.cleanup.removeEnvironment.executeWithOptions(
        { summary: `remove ${environment.apps.map((app) => app.domain).join(', ')}` },
        [{ environment }],
      );
      for (const item of removed) this.removed.set(keyOf(item), item);
      return left;
    } catch (error) {
      log.warn('a removal pass failed', { error: String(error) });
      return [{ kind: 'file', name: `unknown: the removal did not answer (pass ${this.passes})` }];
    }
  }

  private report(left: readonly Owned[]): TeardownReport {
    const durationMs = Date.now() - this.startedMs;
    const { cause, killed, passes } = this;
    return { cause, killed, removed: [...this.removed.values()], left: [...left], passes, durationMs };
  }
}

const keyOf = ({ kind, name }: Owned) => `${kind} ${name}`;

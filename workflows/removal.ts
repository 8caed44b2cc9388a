import { log, sleep } from '@temporalio/workflow';
import type { GuardInput } from '../domain/guard.ts';
import type { Owned, TeardownCause, TeardownReport } from '../domain/results.ts';
import { hostCleanup } from './activity-options.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';

/** Failed passes after which the run is told that objects are left. */
const PASSES = 3;
const BETWEEN_PASSES = '5 seconds';
const BETWEEN_LATE_PASSES = '10 minutes';

/** The removal of one environment: fence first, then evidence where the run can give none, then passes. */
export class Removal {
  /** Of the ledger, once the evidence has been collected. */
  deployCount: number | undefined;
  private readonly removed = new Map<string, Owned>();
  private readonly startedMs = Date.now();
  private readonly cleanup;
  private readonly input: GuardInput;
  private readonly cause: TeardownCause;
  private killed = 0;
  private passes = 0;
  private readonly show: (report: TeardownReport) => void;

  /** @param show told after each pass */
  constructor(input: GuardInput, cause: TeardownCause, show: (report: TeardownReport) => void) {
    this.input = input;
    this.cause = cause;
    this.show = show;
    this.cleanup = hostCleanup(input.environment.host);
  }

  async begin(): Promise<void> {
    const { environment } = this.input;
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
    let left = await this.shownPass();
    for (let failed = 1; left.length > 0 && failed < PASSES; failed += 1) {
      await sleep(BETWEEN_PASSES, { summary: 'until the next pass' });
      left = await this.shownPass();
    }
    return this.report(left);
  }

  /** Goes on until nothing is left, then corrects the record. */
  async late(): Promise<TeardownReport> {
    let left: readonly Owned[];
    do {
      await sleep(BETWEEN_LATE_PASSES, { summary: 'until the next pass for what is left' });
      left = await this.shownPass();
    } while (left.length > 0);
    const report = this.report(left);
    const amend = this.cleanup.amendResults;
    await retried(
      () =>
        amend.executeWithOptions({ summary: 'record that nothing is left' }, [
          { runId: this.input.environment.runId, environmentId: this.input.environment.id, teardown: report },
        ]),
      PUBLISH_FOR_MS,
    );
    return report;
  }

  private async shownPass(): Promise<readonly Owned[]> {
    const left = await this.pass();
    this.show(this.report(left));
    return left;
  }

  private async pass(): Promise<readonly Owned[]> {
    const { environment } = this.input;
    this.passes += 1;
    try {
      const { removed, left } = await this.cleanup.removeEnvironment.executeWithOptions(
        { summary: `remove ${environment.apps.map((app) => app.domain).join(', ')}` },
        [{ environment }],
      );
      for (const item of removed) this.removed.set(`${item.kind} ${item.name}`, item);
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

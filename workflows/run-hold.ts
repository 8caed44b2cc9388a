import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { faultOfHold, type HoldNews } from '../domain/hold.ts';
import type { RunInput } from '../domain/plan.ts';
import type { Results } from '../domain/results.ts';
import { decisions } from './activity-options.ts';
import type { OpenEnvironment } from './environment.ts';
import { holdNewsSignal, holdUpdate } from './messages.ts';
import type { RunRecord } from './run-record.ts';

const REFUSED = 'HoldRefused';

interface Holding {
  readonly opened: OpenEnvironment;
  readonly sinceMs: number;
  /** Absent while they are being published. */
  results?: Results;
}

/** The run's side of a hold: what is asked for, and what the guard says of it. The guard is the one that holds. */
export class RunHold {
  private wantedMs: number | undefined;
  private holding: Holding | undefined;
  private news: HoldNews | undefined;
  private readonly input: RunInput;
  private readonly record: RunRecord;
  private readonly isPast: () => boolean;

  /** @param isPast whether the stages are over: then only a hold under way can be changed */
  constructor(input: RunInput, record: RunRecord, isPast: () => boolean) {
    this.input = input;
    this.record = record;
    this.isPast = isPast;
    this.wantedMs = input.holdMs;
    setHandler(holdUpdate, (asked) => this.ask(asked.forMs), {
      validator: (asked: { readonly forMs: number }) => this.check(asked.forMs),
    });
    setHandler(holdNewsSignal, (news) => {
      if (news.environmentId !== this.holding?.opened.environment.id) return;
      this.news = news;
      this.record.keep(news.untilMs, news.notice);
    });
  }

  get isWanted(): boolean {
    return this.wantedMs !== undefined;
  }

  get isUnderWay(): boolean {
    return this.holding !== undefined;
  }

  /**
   * Publishes, leaves the environment to its guard and waits until the guard has begun to remove it, or `stopped` says
   * that it has to go: the removal itself is then that of every run.
   */
  async keep(
    opened: OpenEnvironment,
    publish: () => Promise<Results>,
    stopped: () => boolean,
  ): Promise<void> {
    // From before the publication, so that it can be ended meanwhile.
    const holding: Holding = { opened, sinceMs: Date.now() };
    this.holding = holding;
    const results = await publish();
    holding.results = results;
    const untilMs = Date.now() + (this.wantedMs ?? 0);
    // Told before it is shown, so that whoever sees it can release it.
    await opened.hold({ untilMs, results });
    this.record.held(results, untilMs);
    let ended = false;
    opened.onGuardEnded(() => {
      ended = true;
    });
    await condition(() => ended || this.news?.over === true || stopped());
    this.holding = undefined;
  }

  private check(forMs: number): void {
    const fault = faultOfHold(forMs, Date.now(), this.holding?.sinceMs);
    if (fault !== undefined) throw new Error(fault);
    if (this.news !== undefined) throw new Error(`the hold is ending: ${this.news.notice}`);
    if (this.isPast() && !this.holding) {
      throw new Error('the run is past its stages; its environment is being removed');
    }
    if (this.input.stages.every((stage) => stage === 'lint')) {
      throw new Error('the run lints only; it has no environment');
    }
  }

  private async ask(forMs: number): Promise<{ untilMs?: number }> {
    const { guardId, phase } = this.record.progress;
    // One environment per host is kept, and its lease is what this run waits for.
    const other =
      phase === 'waiting for the host'
        ? await decisions.keptOnHost.executeWithOptions({ summary: 'is another environment held?' }, [
            { host: this.input.host },
          ])
        : null;
    if (other && other.holder !== guardId) {
      const until = new Date(other.untilMs).toISOString();
      throw ApplicationFailure.nonRetryable(`${other.holder} keeps the host until ${until}`, REFUSED);
    }
    // Asked here again: time has passed.
    if (this.isPast() && !this.holding) {
      throw ApplicationFailure.nonRetryable('the run is past its stages meanwhile', REFUSED);
    }
    this.wantedMs = forMs;
    const { holding } = this;
    if (!holding) return {};
    const untilMs = Date.now() + forMs;
    if (holding.results) {
      await holding.opened.hold({ untilMs, results: holding.results });
      this.record.keep(untilMs);
    }
    return { untilMs };
  }
}

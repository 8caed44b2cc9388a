import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { EVICTION_NOTICE_MS, MOST_HOLD_MS, type Hold, type HoldNews, type Kept } from '../domain/hold.ts';
import { evictSignal, holdSignal, releaseHoldUpdate } from './messages.ts';

/** Whom a guard tells of its hold; nobody of them has to be there. */
export interface HoldListeners {
  readonly run: (news: Omit<HoldNews, 'environmentId'>) => Promise<void>;
  readonly pool: (kept: Kept) => Promise<void>;
  readonly show: (untilMs: number) => void;
}

/** The environment is kept for people after its run has published: until the time, a release, or a pull request waits. */
export class GuardHold {
  /** The last one asked for; its results are those that the run published. */
  asked: Hold | undefined;
  private readonly listeners: HoldListeners;
  private sinceMs = 0;
  private evictedBy: string | undefined;
  private evictedMs = Infinity;
  private released = false;
  private over = false;

  constructor(listeners: HoldListeners) {
    this.listeners = listeners;
    setHandler(holdSignal, (hold) => {
      if (!this.asked) this.sinceMs = Date.now();
      this.asked = hold;
    });
    setHandler(evictSignal, ({ by }) => {
      this.evictedBy ??= by;
      this.evictedMs = Math.min(this.evictedMs, Date.now() + EVICTION_NOTICE_MS);
    });
    setHandler(
      releaseHoldUpdate,
      () => {
        this.released = true;
      },
      {
        validator: () => {
          if (!this.asked) throw new Error('its environment is not held');
          if (this.over) throw new Error('its environment is being removed already');
        },
      },
    );
  }

  /** Returns when the hold is over, or `stop` says that it has to be. The time is a durable timer, bounded by 4 hours. */
  async untilOver(stop: () => boolean): Promise<void> {
    while (!stop() && !this.released && Date.now() < this.untilMs) {
      const { untilMs } = this;
      const until = new Date(untilMs).toISOString();
      this.listeners.show(untilMs);
      await this.listeners.pool({ holder: workflowInfo().workflowId, untilMs });
      if (this.evictedBy !== undefined) {
        await this.listeners.run({ untilMs, notice: this.why(), over: false });
      }
      const changed = () => stop() || this.released || this.untilMs !== untilMs;
      await condition(changed, Math.max(1, untilMs - Date.now()), { summary: `held until ${until}` });
    }
    this.over = true;
    await this.listeners.run({ untilMs: Date.now(), notice: this.why(), over: true });
  }

  private get untilMs(): number {
    return Math.min(this.asked?.untilMs ?? 0, this.sinceMs + MOST_HOLD_MS, this.evictedMs);
  }

  private why(): string {
    if (this.released) return 'it was released';
    return this.evictedBy === undefined
      ? 'its time is over'
      : `a pull request waits for the host (${this.evictedBy})`;
  }
}

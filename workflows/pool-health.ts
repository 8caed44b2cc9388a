import { blockOf, describeBreaker, withNews, type Health, type HealthNews } from '../domain/health.ts';
import type { LeaseRequest } from './messages.ts';

/** What a pool has to know of a guard to tell whether it can start, and whom to tell why not. */
export type Seeker = Pick<LeaseRequest, 'run' | 'registries'>;

/** What is ill for those who wait for a host, and what their runs have been told of it. */
export class PoolHealth {
  private health: Health;
  private readonly host: string;
  private readonly seekers: Map<string, Seeker>;
  /** By guard. */
  private readonly told = new Map<string, string>();

  constructor(
    host: string,
    carried: { readonly health: Health; readonly seekers: readonly [string, Seeker][] },
  ) {
    this.host = host;
    this.health = carried.health;
    this.seekers = new Map(carried.seekers);
  }

  get state(): Health {
    return this.health;
  }

  /** Those of the guards given about whom something is known, to be carried over. */
  seekersOf(guards: readonly string[]): [string, Seeker][] {
    return [...this.seekers].filter(([guard]) => guards.includes(guard));
  }

  asks(guard: string, { run, registries }: Seeker): void {
    this.seekers.set(guard, { ...(run === undefined ? {} : { run }), registries: registries ?? [] });
  }

  leaves(guard: string): void {
    this.seekers.delete(guard);
    this.told.delete(guard);
  }

  hears(news: readonly HealthNews[]): void {
    this.health = withNews(this.health, news, Date.now());
  }

  /** Until when a guard cannot be served, in epoch milliseconds; undefined when it can. */
  blockedUntil(guard: string): number | undefined {
    return this.blockOf(guard)?.untilMs;
  }

  /** Runs that do not know yet why they wait, or that they no longer do; they count as told from then on. */
  news(waiting: readonly string[]): readonly { readonly run: string; readonly reason: string }[] {
    return this.untold(waiting).map(({ guard, run, reason }) => {
      this.told.set(guard, reason);
      return { run, reason };
    });
  }

  hasNews(waiting: readonly string[]): boolean {
    return this.untold(waiting).length > 0;
  }

  private untold(waiting: readonly string[]) {
    return waiting.flatMap((guard) => {
      const run = this.seekers.get(guard)?.run;
      const block = this.blockOf(guard);
      const reason = block ? describeBreaker(block, this.host) : '';
      return run === undefined || reason === (this.told.get(guard) ?? '') ? [] : [{ guard, run, reason }];
    });
  }

  private blockOf(guard: string) {
    return blockOf(this.health, this.seekers.get(guard)?.registries ?? [], Date.now());
  }
}

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import type { Health } from '../domain/health.ts';
import type { Kept } from '../domain/hold.ts';
import { poolDetails } from '../domain/pool-details.ts';
import { decisions } from './activity-options.ts';
import {
  evictSignal,
  keptSignal,
  leaseGrantedSignal,
  poolStateQuery,
  requestLeaseSignal,
  returnLeaseSignal,
  waitNewsSignal,
} from './messages.ts';
import { PoolHealth, type Seeker } from './pool-health.ts';

export interface HostPoolInput {
  readonly host: string;
  /** Carried over when the history is renewed. */
  readonly holder?: string;
  readonly waiting?: readonly string[];
  /** Those of the waiting for whom a kept environment has to go. */
  readonly pullRequests?: readonly string[];
  readonly kept?: Kept;
  readonly health?: Health;
  /** What is known of the waiting, by guard. */
  readonly seekers?: readonly [string, Seeker][];
}

/** How often the pool makes sure that the holder still exists, while somebody waits for it. */
const CHECK_INTERVAL = '15 seconds';

/**
 * Grants the lease of one host: one holder, first come first served. Holders are guards, by workflow id. An environment
 * that is kept for people counts like any other, but has to go when a pull request waits. Who needs what is ill (a
 * registry that refuses, or the host itself) is passed over, told why, and served when it is time for the next try.
 */
export async function hostPool(input: HostPoolInput): Promise<void> {
  let holder = input.holder;
  let kept = input.kept;
  let evicted: string | undefined;
  const waiting = [...(input.waiting ?? [])];
  const pullRequests = new Set(input.pullRequests);
  const health = new PoolHealth(input.host, { health: input.health ?? [], seekers: input.seekers ?? [] });
  const isFree = (guard: string) => health.blockedUntil(guard) === undefined;
  const keptHere = () => (kept?.holder === holder ? kept : undefined);
  const urgent = () => waiting.find((guard) => pullRequests.has(guard));
  const mustGo = () => keptHere() !== undefined && evicted !== holder && urgent() !== undefined;

  setHandler(poolStateQuery, () => ({ holder, waiting, kept: keptHere(), health: health.state }));
  setHandler(requestLeaseSignal, (request) => {
    if (request.trigger === 'pull-request') pullRequests.add(request.holder);
    if (request.holder !== holder && !waiting.includes(request.holder)) waiting.push(request.holder);
    health.asks(request.holder, request);
  });
  setHandler(keptSignal, (news) => {
    kept = news;
  });
  setHandler(returnLeaseSignal, (request) => {
    pullRequests.delete(request.holder);
    health.leaves(request.holder);
    health.hears(request.health ?? []);
    if (request.holder === holder) holder = undefined;
    const position = waiting.indexOf(request.holder);
    if (position >= 0) waiting.splice(position, 1);
  });

  /** All who wait need what is ill. The first to be served after its pause is the probe; a single lease means a single one. */
  async function untilOneIsFree(): Promise<void> {
    const untilMs = Math.min(...waiting.map((guard) => health.blockedUntil(guard) ?? 0));
    const changed = () =>
      waiting.length === 0 ||
      waiting.some(isFree) ||
      health.hasNews(waiting) ||
      workflowInfo().continueAsNewSuggested;
    await condition(changed, Math.max(1, untilMs - Date.now()), {
      summary: 'until what is ill is tried again',
    });
  }

  for (;;) {
    await condition(() => waiting.length > 0 || workflowInfo().continueAsNewSuggested);
    if (workflowInfo().continueAsNewSuggested) break;
    setCurrentDetails(poolDetails({ host: input.host, holder, waiting, health: health.state }));
    for (const { run, reason } of health.news(waiting)) {
      await quietly(run, (handle) => handle.signal(waitNewsSignal, { reason }));
    }
    if (holder === undefined) {
      const place = waiting.findIndex(isFree);
      if (place < 0) {
        await untilOneIsFree();
        continue;
      }
      const [next] = waiting.splice(place, 1);
      // Held from before it is told, so that a guard which gives the lease back at once is heard.
      holder = next;
      if (
        next !== undefined &&
        !(await quietly(next, (guard) => guard.signal(leaseGrantedSignal))) &&
        holder === next
      )
        holder = undefined;
      continue;
    }
    const asked = holder;
    if (mustGo()) {
      evicted = asked;
      await quietly(asked, (guard) => guard.signal(evictSignal, { by: urgent() ?? '' }));
    }
    const stirred = await condition(
      () => holder !== asked || mustGo() || health.hasNews(waiting),
      CHECK_INTERVAL,
      {
        summary: `until the next look at ${asked}`,
      },
    );
    // A guard that was terminated or deleted cannot give its lease back.
    if (!stirred && (await isGone(asked)) && holder === asked) holder = undefined;
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof hostPool>({
    host: input.host,
    ...(holder === undefined ? {} : { holder }),
    waiting,
    pullRequests: [...pullRequests],
    ...(kept === undefined ? {} : { kept }),
    health: health.state,
    seekers: health.seekersOf(waiting),
  });
}

async function isGone(guard: string): Promise<boolean> {
  try {
    const status = await decisions.workflowStatus.executeWithOptions({ summary: `look at ${guard}` }, [
      { workflowId: guard },
    ]);
    return status !== 'RUNNING' && status !== 'PAUSED';
  } catch (error) {
    log.warn('the holder cannot be looked up; asking again later', { guard, error: String(error) });
    return false;
  }
}

/** Returns whether the guard could be told. */
async function quietly(
  guard: string,
  send: (handle: ExternalWorkflowHandle) => Promise<void>,
): Promise<boolean> {
  try {
    await send(getExternalWorkflowHandle(guard));
    return true;
  } catch (error) {
    log.info('a guard is gone', { guard, error: String(error) });
    return false;
  }
}

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import type { Kept } from '../domain/hold.ts';
import { decisions } from './activity-options.ts';
import {
  evictSignal,
  keptSignal,
  leaseGrantedSignal,
  poolStateQuery,
  requestLeaseSignal,
  returnLeaseSignal,
} from './messages.ts';

export interface HostPoolInput {
  readonly host: string;
  /** Carried over when the history is renewed. */
  readonly holder?: string;
  readonly waiting?: readonly string[];
  /** Those of the waiting for whom a kept environment has to go. */
  readonly pullRequests?: readonly string[];
  readonly kept?: Kept;
}

/** How often the pool makes sure that the holder still exists, while somebody waits for it. */
const CHECK_INTERVAL = '15 seconds';

/**
 * Grants the lease of one host: one holder, first come first served. Holders are guards, by workflow id. An environment
 * that is kept for people counts like any other, but has to go when a pull request waits.
 */
export async function hostPool(input: HostPoolInput): Promise<void> {
  let holder = input.holder;
  let kept = input.kept;
  let evicted: string | undefined;
  const waiting = [...(input.waiting ?? [])];
  const pullRequests = new Set(input.pullRequests);
  const keptHere = () => (kept?.holder === holder ? kept : undefined);
  const urgent = () => waiting.find((guard) => pullRequests.has(guard));
  const mustGo = () => keptHere() !== undefined && evicted !== holder && urgent() !== undefined;

  setHandler(poolStateQuery, () => ({ holder, waiting, kept: keptHere() }));
  setHandler(requestLeaseSignal, (request) => {
    if (request.trigger === 'pull-request') pullRequests.add(request.holder);
    if (request.holder !== holder && !waiting.includes(request.holder)) waiting.push(request.holder);
  });
  setHandler(keptSignal, (news) => {
    kept = news;
  });
  setHandler(returnLeaseSignal, (request) => {
    pullRequests.delete(request.holder);
    if (request.holder === holder) holder = undefined;
    const position = waiting.indexOf(request.holder);
    if (position >= 0) waiting.splice(position, 1);
  });

  for (;;) {
    await condition(() => waiting.length > 0 || workflowInfo().continueAsNewSuggested);
    if (workflowInfo().continueAsNewSuggested) break;
    if (holder === undefined) {
      const next = waiting.shift();
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
    const stirred = await condition(() => holder !== asked || mustGo(), CHECK_INTERVAL, {
      summary: `until the next look at ${asked}`,
    });
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

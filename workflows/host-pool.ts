import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { decisions } from './activity-options.ts';
import { leaseGrantedSignal, poolStateQuery, requestLeaseSignal, returnLeaseSignal } from './messages.ts';

export interface HostPoolInput {
  readonly host: string;
  /** Carried over when the history is renewed. */
  readonly holder?: string;
  readonly waiting?: readonly string[];
}

/** How often the pool makes sure that the holder still exists, while somebody waits for it. */
const CHECK_INTERVAL = '15 seconds';

/** Grants the lease of one host: one holder, first come first served. Holders are guards, by workflow id. */
export async function hostPool(input: HostPoolInput): Promise<void> {
  let holder = input.holder;
  const waiting = [...(input.waiting ?? [])];

  setHandler(poolStateQuery, () => ({ holder, waiting }));
  setHandler(requestLeaseSignal, (request) => {
    if (request.holder !== holder && !waiting.includes(request.holder)) waiting.push(request.holder);
  });
  setHandler(returnLeaseSignal, (request) => {
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
      if (next !== undefined && !(await grant(next)) && holder === next) holder = undefined;
      continue;
    }
    const asked = holder;
    const freed = await condition(() => holder !== asked, CHECK_INTERVAL);
    // A guard that was terminated or deleted cannot give its lease back.
    if (!freed && (await isGone(asked)) && holder === asked) holder = undefined;
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof hostPool>({
    host: input.host,
    ...(holder === undefined ? {} : { holder }),
    waiting,
  });
}

async function isGone(guard: string): Promise<boolean> {
  try {
    const status = await decisions.workflowStatus({ workflowId: guard });
    return status !== 'RUNNING' && status !== 'PAUSED';
  } catch (error) {
    log.warn('the holder cannot be looked up; asking again later', { guard, error: String(error) });
    return false;
  }
}

async function grant(guard: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(guard).signal(leaseGrantedSignal);
    return true;
  } catch (error) {
    log.info('a waiting guard is gone', { guard, error: String(error) });
    return false;
  }
}

/** The fence, switched off: every attempt may act, nothing that runs is killed, and closing closes nothing. */
import type { Claim } from '../../../activities/support/fence.ts';

export const GUARD_LANE = 'guard';
export const DEFAULT_LANE = 'main';

export function claimLane(input: { environmentId: string; lane?: string }): Promise<Claim> {
  const lane = input.lane ?? DEFAULT_LANE;
  return Promise.resolve({
    lane,
    generation: 1,
    killed: 0,
    marks: { CCI_ENV: input.environmentId, CCI_LANE: lane, CCI_GEN: '1' },
    barriers: [],
    superseded: () => false,
  });
}

export function closeFence(): Promise<number> {
  return Promise.resolve(0);
}

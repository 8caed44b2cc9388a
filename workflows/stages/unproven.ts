import type { Seeding } from '../../domain/markers.ts';
import type { StageFindings } from './run-stage.ts';

/**
 * Why the markers of an app do not cover its data; undefined when they do. Health alone is never green: what nobody could
 * mark may have been lost.
 */
export function unprovenData({ markers, unplaced, keepsData }: Seeding): string | undefined {
  if (keepsData && markers.length === 0 && unplaced.length === 0) {
    return 'no marker could be placed in the data of the app';
  }
  return reasonsOf(unplaced);
}

/** The same of what the labels save. */
export function unprovenBackup({ markers, unplaced }: Seeding): string | undefined {
  const promised = unplaced.filter(({ backedUp }) => backedUp);
  if (promised.length === 0 && !markers.some(({ backedUp }) => backedUp)) {
    return 'no marker could be placed in what the labels save';
  }
  return reasonsOf(promised);
}

function reasonsOf(unplaced: Seeding['unplaced']): string | undefined {
  if (unplaced.length === 0) return undefined;
  return unplaced.map(({ what, reason }) => `not marked: ${what}: ${reason}`).join('; ');
}

/** The findings, unverified for the reason given unless something graver was found. */
export function unlessProven(reason: string | undefined, found: StageFindings): StageFindings {
  return reason === undefined ? found : { unverified: reason, ...found };
}

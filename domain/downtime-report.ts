import type { Downtime } from './downtime.ts';

/** One request for the app's health page. */
export interface DowntimeSample {
  /** When the request was sent, in ms since 1970. */
  readonly at: number;
  /** Whether the answer was the one that the recipe's health definition expects. */
  readonly ok: boolean;
}

/** Without a request for so long nobody was watching: the requests follow each other ten times as fast. */
export const UNOBSERVED_MS = 1000;

/**
 * What the samples of one upgrade come to, in whatever order they are. The app is down from a request that was not
 * answered well until the next that was; requests are placed by when they were sent, so that one that is only slow is
 * no downtime. Time in which nobody asked is neither up nor down.
 */
export function reportDowntime(samples: readonly DowntimeSample[], mode: Downtime['mode']): Downtime {
  const ordered = [...samples].sort((a, b) => a.at - b.at);
  let downtimeMs = 0;
  let longestMs = 0;
  let unobservedMs = 0;
  let gapMs = 0;
  for (const [index, sample] of ordered.entries()) {
    const previous = ordered[index - 1];
    if (!previous) continue;
    const passed = sample.at - previous.at;
    if (passed > UNOBSERVED_MS) {
      unobservedMs += passed;
      gapMs = 0;
    } else if (previous.ok) {
      gapMs = 0;
    } else {
      gapMs += passed;
      downtimeMs += passed;
    }
    longestMs = Math.max(longestMs, gapMs);
  }
  const failed = ordered.filter(({ ok }) => !ok).length;
  return { downtimeMs, longestMs, requests: ordered.length, failed, unobservedMs, mode };
}

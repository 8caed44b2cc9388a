import { z } from 'zod';
import { formatDuration } from './format-duration.ts';
import { STAGES, stageSchema, type Stage, type StageResult } from './stages.ts';

/** How long a stage takes when it passes, learned from the earlier runs of a recipe on a host. */
export const usualTimeSchema = z.object({
  stage: stageSchema,
  /** Whole runs in which the stage passed at its first attempt. */
  runs: z.number().int().positive(),
  p50Ms: z.number().nonnegative(),
  p95Ms: z.number().nonnegative(),
});
export type UsualTime = z.infer<typeof usualTimeSchema>;

export const timingSchema = usualTimeSchema.extend({
  /** In this run. */
  durationMs: z.number().nonnegative(),
  /** Clearly longer than usual. */
  slow: z.boolean(),
});
export type Timing = z.infer<typeof timingSchema>;

/** How many whole runs are looked back on. */
export const TIMED_RUNS = 30;
/** With fewer the highest percentile is but the slowest of a handful. */
const ENOUGH_RUNS = 5;
const CLEARLY = 1.5;

/** "slower than usual: 41 s, p95 18 s over 12 runs". */
export function describeSlow({ durationMs, p95Ms, runs }: Timing): string {
  return `slower than usual: ${formatDuration(durationMs)}, p95 ${formatDuration(p95Ms)} over ${runs} runs`;
}

/** The value that this share of the durations does not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** What is usual, from the durations of stages that passed. */
export function usualTimes(
  passed: readonly { readonly stage: Stage; readonly durationMs: number }[],
): readonly UsualTime[] {
  return STAGES.flatMap((stage) => {
    const sorted = passed
      .filter((one) => one.stage === stage)
      .map(({ durationMs }) => durationMs)
      .toSorted((a, b) => a - b);
    if (sorted.length === 0) return [];
    return [{ stage, runs: sorted.length, p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95) }];
  });
}

/** The stages that passed beside what is usual for them. Only told: no bound is ever made of it (spec R-60). */
export function timingOf(usual: readonly UsualTime[], stages: readonly StageResult[]): readonly Timing[] {
  return usual.flatMap((time) => {
    const ran = stages.find(({ name, status }) => name === time.stage && status === 'pass');
    if (!ran) return [];
    const { durationMs } = ran;
    return [{ ...time, durationMs, slow: time.runs >= ENOUGH_RUNS && durationMs > time.p95Ms * CLEARLY }];
  });
}

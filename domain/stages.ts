import { z } from 'zod';

/** The stages in the order in which they run on one deployment. */
export const STAGES = ['lint', 'install', 'upgrade', 'backup', 'restore', 'custom'] as const;

export const stageSchema = z.enum(STAGES);
export type Stage = z.infer<typeof stageSchema>;

/** `unverified`: neither shown to hold nor shown to fail; never green. */
export const stageStatusSchema = z.enum(['pass', 'fail', 'skip', 'unverified', 'error']);
export type StageStatus = z.infer<typeof stageStatusSchema>;

export const assertionSchema = z.object({
  /** What is claimed, as a sentence: "answers over the public hostname". */
  name: z.string(),
  ok: z.boolean(),
  /** What was expected and seen, redacted, at most 2,000 characters. */
  detail: z.string(),
  /** Code of the stage when it does not hold; the stage's own where absent. */
  code: z.string().optional(),
  /** In which attempt of its step it was made, when that was not the first. */
  attempts: z.number().int().positive().optional(),
});
export type Assertion = z.infer<typeof assertionSchema>;

export const specCountsSchema = z.object({
  passed: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
});
export type SpecCounts = z.infer<typeof specCountsSchema>;

export const stageResultSchema = z.object({
  name: stageSchema,
  status: stageStatusSchema,
  reason: z.string().optional(),
  /** Code of the error table, when the status is not pass or skip. */
  code: z.string().optional(),
  /** ISO time; absent when the stage did not run, and in results of earlier versions. */
  startedAt: z.iso.datetime().optional(),
  durationMs: z.number().nonnegative(),
  attempts: z.number().int().nonnegative(),
  /** The steps that took more than one attempt. */
  retries: z.array(z.object({ step: z.string(), attempts: z.number().int().positive() })).optional(),
  assertions: z.array(assertionSchema),
  /** Specs by outcome, when the stage ran any. */
  specs: specCountsSchema.optional(),
});
export type StageResult = z.infer<typeof stageResultSchema>;

import { z } from 'zod';

/** The stages in the order in which they run on one deployment. */
export const STAGES = ['lint', 'install', 'upgrade', 'backup', 'restore', 'custom'] as const;
/** The stages that this version runs; the others are named, and asking for them is refused. */
export const AVAILABLE_STAGES: readonly (typeof STAGES)[number][] = ['install'];

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
});
export type Assertion = z.infer<typeof assertionSchema>;

export const stageResultSchema = z.object({
  name: stageSchema,
  status: stageStatusSchema,
  reason: z.string().optional(),
  /** Code of the error table, when the status is not pass or skip. */
  code: z.string().optional(),
  durationMs: z.number().nonnegative(),
  attempts: z.number().int().nonnegative(),
  assertions: z.array(assertionSchema),
});
export type StageResult = z.infer<typeof stageResultSchema>;

import { z } from 'zod';

/** What a coded failure says besides its message, for workflows: the first of its details. */
export const failureDetailsSchema = z.object({
  /** Of the activity that failed, from 1. */
  attempt: z.number().int().positive().optional(),
  /** Host name of the registry that failed. */
  registry: z.string().optional(),
  /** Milliseconds for which it does not want to be asked again. */
  retryAfterMs: z.number().nonnegative().optional(),
});
export type FailureDetails = z.infer<typeof failureDetailsSchema>;

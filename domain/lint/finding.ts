import { z } from 'zod';

/** What a rule of the linter says about a place in the recipe. */
export const lintFindingSchema = z.object({
  /** `CCI-…` or abra's `R001` to `R016`; docs/lint.md describes them. */
  id: z.string(),
  /** Errors make rung 5 fail; neither moves the verdict. */
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.number().int().positive(),
  message: z.string(),
  remedy: z.string(),
});
export type LintFinding = z.infer<typeof lintFindingSchema>;

import { z } from 'zod';
import type { DataConfig } from '../domain/config.ts';
import { flakeRates, type FlakeRate } from '../domain/flakes.ts';
import { stageSchema, stageStatusSchema } from '../domain/stages.ts';
import { readIndex } from './run-history.ts';

const rowSchema = z
  .object({
    recipe: z.string(),
    run_id: z.string(),
    head: z.string(),
    started_at: z.iso.datetime(),
    stage: stageSchema,
    test: z.string().nullable(),
    status: stageStatusSchema,
    attempts: z.number().int(),
  })
  .transform(({ run_id, started_at, test, ...row }) => ({
    ...row,
    runId: run_id,
    startedAt: started_at,
    ...(test === null ? {} : { test }),
  }));

/** The newest whole runs of each recipe; then the outcome of every stage and test in them. */
const OUTCOMES = `
  with newest as (
    select run_id, started_at, recipe, head,
      row_number() over (partition by recipe order by started_at desc, run_id) as place
    from runs where partial = 0 and (?1 is null or recipe = ?1)
  )
  select recipe, run_id, head, started_at, name as stage, null as test, status, attempts
    from newest join stages using (run_id, started_at) where place <= ?2
  union all
  select recipe, run_id, head, started_at, stage, name as test,
      case ok when 1 then 'pass' else 'fail' end as status, attempts
    from newest join tests using (run_id, started_at) where place <= ?2`;

/** How often the stages and tests of a recipe, or of all, flaked in the newest whole runs; the worst first. */
export function flakeHistory(
  config: DataConfig,
  { recipe, runs }: { readonly recipe?: string | undefined; readonly runs: number },
): readonly FlakeRate[] {
  return flakeRates(readIndex(config, rowSchema, OUTCOMES, [recipe ?? null, runs]));
}

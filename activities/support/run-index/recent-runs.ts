import { verdictSchema, type Verdict } from '../../../domain/results.ts';
import { withIndex } from './open-index.ts';

export interface RecentRun {
  readonly runId: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly recipe: string;
  readonly ref: string;
  readonly head: string;
  readonly verdict: Verdict;
  readonly code: string | undefined;
  /** Absent in a partial run. */
  readonly level: number | undefined;
  readonly leaked: boolean;
  readonly durationMs: number;
  /** Path of results.json, which a later execution of the same run id may have replaced. */
  readonly jsonPath: string;
}

/** The newest runs of the index, of one recipe or of all, whole ones only or partial ones too; newest first. */
export function recentRuns(
  index: string,
  { recipe, whole, limit }: { readonly recipe?: string; readonly whole?: true; readonly limit: number },
): Promise<RecentRun[]> {
  return withIndex(index, async (db) => {
    let query = db
      .selectFrom('runs')
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('run_id')
      .limit(limit);
    if (recipe !== undefined) query = query.where('recipe', '=', recipe);
    if (whole) query = query.where('partial', '=', 0);
    const rows = await query.execute();
    return rows.map((row) => ({
      runId: row.run_id,
      startedAt: row.started_at,
      recipe: row.recipe,
      ref: row.ref,
      head: row.head,
      verdict: verdictSchema.parse(row.verdict),
      code: row.code ?? undefined,
      level: row.level ?? undefined,
      leaked: row.leaked === 1,
      durationMs: row.duration_ms,
      jsonPath: row.json_path,
    }));
  });
}

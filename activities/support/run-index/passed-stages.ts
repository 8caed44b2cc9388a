import { stageSchema, type Stage } from '../../../domain/stages.ts';
import { withIndex } from './open-index.ts';

/**
 * Durations of the stages that passed at their first attempt, in the newest whole runs of a recipe. What had to be
 * repeated took longer for a reason that is not its own.
 */
export function passedStages(
  index: string,
  { recipe, limit }: { readonly recipe: string; readonly limit: number },
): Promise<{ stage: Stage; durationMs: number }[]> {
  return withIndex(index, async (db) => {
    const newest = db
      .selectFrom('runs')
      .select(['run_id', 'started_at'])
      .where('recipe', '=', recipe)
      .where('partial', '=', 0)
      .orderBy('started_at', 'desc')
      .limit(limit);
    const rows = await db
      .selectFrom('stages')
      .innerJoin(newest.as('newest'), (join) =>
        join
          .onRef('newest.run_id', '=', 'stages.run_id')
          .onRef('newest.started_at', '=', 'stages.started_at'),
      )
      .select(['stages.name', 'stages.duration_ms'])
      .where('stages.status', '=', 'pass')
      .where('stages.attempts', '=', 1)
      .execute();
    return rows.map(({ name, duration_ms }) => ({ stage: stageSchema.parse(name), durationMs: duration_ms }));
  });
}

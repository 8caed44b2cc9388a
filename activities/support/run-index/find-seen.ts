import type { Seen } from '../../../domain/failure-signature.ts';
import type { Results } from '../../../domain/results.ts';
import { withIndex } from './open-index.ts';

/** Earlier runs of the recipe with the failure that these results have; undefined when there are none. */
export async function findSeen(index: string, results: Results): Promise<Seen | undefined> {
  const { recipe, startedAt, failure } = results;
  if (!failure) return undefined;
  const rows = await withIndex(index, (db) =>
    db
      .selectFrom('runs')
      .select(['run_id', 'started_at'])
      .where('recipe', '=', recipe)
      .where('signature', '=', failure.signature)
      .where('started_at', '<', startedAt)
      .orderBy('started_at')
      .orderBy('run_id')
      .execute(),
  );
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return undefined;
  return { runs: rows.length, firstRunId: first.run_id, firstAt: first.started_at, lastRunId: last.run_id };
}

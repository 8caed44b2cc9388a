import type { Results } from '../../../domain/results.ts';
import { withIndex } from './open-index.ts';

/** Puts the results of a run into the index, in place of what it has of the same execution. */
export async function recordRun(index: string, results: Results, jsonPath: string): Promise<void> {
  const run = { run_id: results.runId, started_at: results.startedAt };
  await withIndex(index, (db) =>
    db.transaction().execute(async (change) => {
      // What belongs to the run goes with it. A change comes first, so that the transaction waits for others at once
      // and not half-way, where SQLite refuses to wait.
      await change
        .deleteFrom('runs')
        .where('run_id', '=', run.run_id)
        .where('started_at', '=', run.started_at)
        .execute();
      await change
        .insertInto('runs')
        .values({
          ...run,
          environment_id: results.environmentId ?? null,
          recipe: results.recipe,
          ref: results.ref,
          head: results.head,
          base: results.base ?? null,
          version: results.version ?? null,
          trigger: results.trigger,
          host: results.host,
          verdict: results.verdict,
          class: results.class ?? null,
          code: results.code ?? null,
          level: results.level ?? null,
          partial: results.partial ? 1 : 0,
          leaked: results.leaked ? 1 : 0,
          duration_ms: results.durationMs,
          deploy_count: results.deployCount,
          downtime_ms: results.downtimeMs,
          json_path: jsonPath,
          signature: results.failure?.signature ?? null,
        })
        .execute();
      for (const { name, status, code, durationMs, attempts, assertions } of results.stages) {
        await change
          .insertInto('stages')
          .values({ ...run, name, status, code: code ?? null, duration_ms: durationMs, attempts })
          .execute();
        for (const [position, test] of assertions.entries()) {
          await change
            .insertInto('tests')
            .values({
              ...run,
              stage: name,
              position,
              name: test.name,
              ok: test.ok ? 1 : 0,
              attempts: test.attempts ?? 1,
            })
            .execute();
        }
      }
      for (const [name, digest] of new Map(results.images.map((image) => [image.name, image.digest]))) {
        await change
          .insertInto('images')
          .values({ ...run, name, digest })
          .execute();
      }
    }),
  );
}

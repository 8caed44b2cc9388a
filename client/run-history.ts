import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import type { DataConfig } from '../domain/config.ts';
import { verdictSchema } from '../domain/results.ts';
import { BROKEN, UserError } from './user-error.ts';

/** How long a reader waits for a writer that has just begun; writers take milliseconds. */
const BUSY_MS = 2_000;

const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullable().transform((value) => value ?? undefined);

const rowSchema = z
  .object({
    run_id: z.string(),
    started_at: z.iso.datetime(),
    recipe: z.string(),
    ref: z.string(),
    head: z.string(),
    version: optional(z.string()),
    verdict: verdictSchema,
    class: optional(z.string()),
    code: optional(z.string()),
    level: optional(z.number().int()),
    partial: z.number().int(),
    leaked: z.number().int(),
    duration_ms: z.number(),
  })
  .transform(({ run_id, started_at, duration_ms, partial, leaked, ...row }) => ({
    runId: run_id,
    startedAt: started_at,
    ...row,
    partial: partial === 1,
    leaked: leaked === 1,
    durationMs: duration_ms,
  }));

/** A closed run, as the index keeps it after the server has forgotten its history. Times are ISO, durations ms. */
export type PastRun = z.infer<typeof rowSchema>;

export interface RunFilter {
  readonly recipe?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/**
 * Closed runs from the index of the host, newest first; none when there is no index yet. It is only read: the workers
 * own its schema (activities/support/run-index).
 * @throws UserError when the file is not such an index
 */
export function pastRuns(config: DataConfig, filter: RunFilter = {}): PastRun[] {
  const conditions: (readonly [string, SQLInputValue])[] = [
    ...(filter.recipe === undefined ? [] : [['recipe = ?', filter.recipe] as const]),
    ...(filter.since ? [['started_at >= ?', filter.since.toISOString()] as const] : []),
    ...(filter.until ? [['started_at <= ?', filter.until.toISOString()] as const] : []),
  ];
  const where = conditions.length === 0 ? '' : `where ${conditions.map(([text]) => text).join(' and ')}`;
  const values = conditions.map(([, value]) => value);
  return readIndex(config, rowSchema, `select * from runs ${where} order by started_at desc, run_id`, values);
}

/**
 * Rows of a query over the index of the host; none when there is no index yet.
 * @throws UserError when the file is not such an index
 */
export function readIndex<S extends z.ZodType>(
  config: DataConfig,
  row: S,
  query: string,
  values: readonly SQLInputValue[],
): z.infer<S>[] {
  const path = join(config.CCI_DATA, 'index.sqlite');
  if (!existsSync(path)) return [];
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    return z.array(row).parse(database.prepare(query).all(...values));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? 'it was written by another version of cc-ci' : String(cause);
    throw new UserError(
      `the index of runs ${path} cannot be read: ${why}`,
      'Update cc-ci, or restore the file',
      {
        exitCode: BROKEN,
        cause,
      },
    );
  }
}

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import { migrate } from './migrations.ts';
import type { IndexTables } from './tables.ts';

/**
 * How long a statement waits for another process that writes. Statements block the thread, so it has to stay well below
 * the heartbeat timeout of activities and the patience of the supervisor; whoever waits longer comes again.
 */
const BUSY_MS = 1000;

/** Opens the index of runs with the newest schema, uses it and closes it. The file is made when it is missing. */
export async function withIndex<T>(path: string, use: (db: Kysely<IndexTables>) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  const db = new Kysely<IndexTables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  try {
    // Readers and one writer do not wait for each other.
    database.exec('pragma journal_mode = wal');
    await migrate(db);
    return await use(db);
  } finally {
    database.close();
  }
}

/** Kysely speaks to SQLite in the form of better-sqlite3; Node's own module differs in how parameters are passed. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(toInput)),
        run: (parameters) => statement.run(...parameters.map(toInput)),
        iterate: (parameters) => statement.iterate(...parameters.map(toInput)),
      };
    },
  };
}

function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`the index stores text, numbers and null, not ${typeof value}`);
}

import { sql, type Kysely } from 'kysely';
import type { IndexTables } from './tables.ts';

type Migration = (db: Kysely<IndexTables>) => Promise<void>;

/** In the order of their numbers, from 1. Each may run again over its own result; none is ever changed or removed. */
const MIGRATIONS: readonly Migration[] = [createTables, addHistory];

/**
 * Brings the index to the newest schema and verifies that it has it (spec O-60). Several processes may call it at once:
 * the number is read under the lock that the change needs. Rejects when the index belongs to a newer version.
 */
export async function migrate(db: Kysely<IndexTables>): Promise<void> {
  if ((await versionOf(db)) === MIGRATIONS.length) return;
  await sql`begin immediate`.execute(db);
  try {
    const version = await versionOf(db);
    for (const migration of MIGRATIONS.slice(version)) await migration(db);
    // A pragma takes no parameters; the number is ours.
    if (version < MIGRATIONS.length) await sql.raw(`pragma user_version = ${MIGRATIONS.length}`).execute(db);
    await sql`commit`.execute(db);
  } catch (error) {
    await sql`rollback`.execute(db);
    throw error;
  }
  const version = await versionOf(db);
  if (version !== MIGRATIONS.length) {
    throw new Error(`the index has schema ${version}; this version of cc-ci knows ${MIGRATIONS.length}`);
  }
}

async function versionOf(db: Kysely<IndexTables>): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(db);
  return rows[0]?.user_version ?? 0;
}

async function createTables(db: Kysely<IndexTables>): Promise<void> {
  const run = ['run_id', 'started_at'] as const;
  await db.schema
    .createTable('runs')
    .ifNotExists()
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('environment_id', 'text')
    .addColumn('recipe', 'text', (column) => column.notNull())
    .addColumn('ref', 'text', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('base', 'text')
    .addColumn('version', 'text')
    .addColumn('trigger', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('class', 'text')
    .addColumn('code', 'text')
    .addColumn('level', 'integer')
    .addColumn('partial', 'integer', (column) => column.notNull())
    .addColumn('leaked', 'integer', (column) => column.notNull())
    .addColumn('duration_ms', 'real', (column) => column.notNull())
    .addColumn('deploy_count', 'integer')
    .addColumn('downtime_ms', 'real')
    .addColumn('json_path', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('runs_key', [...run])
    .execute();
  await db.schema
    .createIndex('runs_by_recipe')
    .ifNotExists()
    .on('runs')
    .columns(['recipe', 'started_at'])
    .execute();
  const ofRun = (table: string) =>
    db.schema
      .createTable(table)
      .ifNotExists()
      .addColumn('run_id', 'text', (column) => column.notNull())
      .addColumn('started_at', 'text', (column) => column.notNull())
      .addForeignKeyConstraint(`${table}_run`, [...run], 'runs', [...run], (key) => key.onDelete('cascade'));
  await ofRun('stages')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('code', 'text')
    .addColumn('duration_ms', 'real', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('stages_key', [...run, 'name'])
    .execute();
  await ofRun('tests')
    .addColumn('stage', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('ok', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('tests_key', [...run, 'stage', 'position'])
    .execute();
  await ofRun('images')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('images_key', [...run, 'name'])
    .execute();
}

/** By which failures are recognised, and how often a test was tried. */
async function addHistory(db: Kysely<IndexTables>): Promise<void> {
  if (!(await hasColumn(db, 'runs', 'signature'))) {
    await db.schema.alterTable('runs').addColumn('signature', 'text').execute();
  }
  if (!(await hasColumn(db, 'tests', 'attempts'))) {
    await db.schema
      .alterTable('tests')
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
  }
  await db.schema
    .createIndex('runs_by_signature')
    .ifNotExists()
    .on('runs')
    .columns(['recipe', 'signature'])
    .execute();
}

async function hasColumn(db: Kysely<IndexTables>, table: string, column: string): Promise<boolean> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
  return rows.some(({ name }) => name === column);
}

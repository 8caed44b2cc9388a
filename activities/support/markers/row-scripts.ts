import type { Engine } from '../../../domain/stores.ts';
import type { CommandResult } from '../run-command.ts';

/** What the database made of a script. `missing`: it has no such table or database. `unreachable`: it heals. */
export interface SqlOutcome {
  readonly kind: 'done' | 'missing' | 'unreachable' | 'refused';
  /** Lines of the answer when done, else the line of the client's message that says why. */
  readonly text: string;
}

/** For `sh` of any kind, busybox included: a variable, or the content of the file that `<variable>_FILE` names. */
const SETTING = `
set -eu
setting() {
  eval "value=\\\${$1:-} file=\\\${$1_FILE:-}"
  if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file"); fi
  printf %s "$value"
}
as=$1
shift`;

/**
 * Variables as in the images' documentation (https://hub.docker.com/_/postgres). The local socket asks for no password
 * there, but a recipe may have changed that.
 */
const POSTGRES = `${SETTING}
user=$(setting POSTGRES_USER)
user=\${user:-postgres}
database=$(setting POSTGRES_DB)
database=\${database:-$user}
password=$(setting POSTGRES_PASSWORD)
if [ -n "$password" ]; then export PGPASSWORD="$password"; fi
unset PGHOST PGHOSTADDR
ask() {
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align \\
    --set ON_ERROR_STOP=1 --set VERBOSITY=verbose --username "$user" --dbname "\${1:-$database}"
}`;

/**
 * Variables as in https://hub.docker.com/_/mariadb and https://hub.docker.com/_/mysql. The first user that gets in, root
 * or, where the argument asks for it, the app's own in each database that it may use; root may write where nobody else
 * may (https://mariadb.com/kb/en/read_only).
 */
const MYSQL = `${SETTING}
either() {
  found=$(setting "MARIADB_$1")
  [ -n "$found" ] || found=$(setting "MYSQL_$1")
  printf %s "$found"
}
client=mariadb
command -v mariadb >/dev/null 2>&1 || client=mysql
call() { "$client" --batch --skip-column-names --user "$user" "$@"; }
answers() { call "$@" --execute 'SELECT 1' </dev/null >/dev/null 2>&1; }
as_root() { user=root MYSQL_PWD=$(either ROOT_PASSWORD); }
as_app() { user=$(either USER) MYSQL_PWD=$(either PASSWORD); [ -n "$user" ]; }
export MYSQL_PWD=
if [ "$as" = root ]; then
  { as_root && answers; } || as_app || as_root
fi
ask() {
  if [ "$as" = app ]; then { as_app && answers --database "$1"; } || as_root; fi
  call \${1:+--database "$1"}
}`;

/** Each database's part of the answer stands between two lines, so that a fault in one says nothing of the others. */
const IN_EACH = `
sql=$(cat)
for each do
  printf 'database %s\\n' "$each"
  code=0
  printf '%s\\n' "$sql" | ask "$each" 2>&1 || code=$?
  printf '\\nended %s\\n' "$code"
done`;
const PART = /^database (.*)\n([\s\S]*?)\nended (\d+)$/gm;

/** Runs the SQL on standard input where `listSql` finds its answer, with the credentials that the container has. */
export function listArgv(engine: Engine): readonly [string, ...string[]] {
  return ['sh', '-c', `${preludeOf(engine)}\nask ''`, 'client', 'root'];
}

/**
 * Runs the SQL on standard input in each of the databases, with the credentials that the container has: as `root`, or
 * as the `app` itself, where there is a difference and it gets in. `outcomesOf` reads the answer.
 */
export function sqlArgv(
  engine: Engine,
  as: 'root' | 'app',
  databases: readonly string[],
): readonly [string, ...string[]] {
  return ['sh', '-c', `${preludeOf(engine)}${IN_EACH}`, 'client', as, ...databases];
}

function preludeOf(engine: Engine): string {
  return engine === 'postgres' ? POSTGRES : MYSQL;
}

/**
 * Names of the databases that a dump of the app has to cover, a line each. `postgres` is the server's own: it counts
 * when it is the only one, or when the app is set to use it and has tables there.
 */
export function listSql(engine: Engine): string {
  if (engine === 'mysql')
    return `SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN
  ('mysql', 'sys', 'information_schema', 'performance_schema') AND schema_name NOT LIKE '#mysql50#%' ORDER BY 1;\n`;
  return `WITH own AS (SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate)
SELECT datname FROM own WHERE datname <> 'postgres'
  OR NOT EXISTS (SELECT 1 FROM own WHERE datname <> 'postgres')
  OR current_database() = 'postgres' AND EXISTS (SELECT 1 FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'ci_marker')
ORDER BY 1;\n`;
}

/** The first fault ends a script in either client; what it did in a transaction is then undone. */
export function writeSql(engine: Engine, value: string): string {
  const table = tableOf(engine);
  return `CREATE TABLE IF NOT EXISTS ${table} (id varchar(32) PRIMARY KEY, value text);
BEGIN;
DELETE FROM ${table};
INSERT INTO ${table} (id, value) VALUES ('kept', '${value}'), ('gone', '${value}');
COMMIT;
`;
}

/** Takes one row away and changes the other: a restore that only adds, or only overwrites, brings back one of them. */
export function destroySql(engine: Engine): string {
  const table = tableOf(engine);
  return `BEGIN;
DELETE FROM ${table} WHERE id <> 'kept';
UPDATE ${table} SET value = 'destroyed' WHERE id = 'kept';
COMMIT;
`;
}

export function readSql(engine: Engine): string {
  return `SELECT id, value FROM ${tableOf(engine)} ORDER BY id;\n`;
}

/** Puts a further row into the table and answers with what it then holds. */
export function probeSql(engine: Engine, value: string): string {
  const table = tableOf(engine);
  return `DELETE FROM ${table} WHERE id = 'probe';
INSERT INTO ${table} (id, value) VALUES ('probe', '${value}');
${readSql(engine)}`;
}

/** Values by id, of the answer to `readSql`: psql divides columns by `|`, the other clients by a tab. */
export function rowsOf(text: string): ReadonlyMap<string, string> {
  const rows = text.split('\n').map((line) => /^(\w+)[|\t](.*)$/.exec(line));
  return new Map(rows.flatMap((row) => (row ? [[row[1] ?? '', row[2] ?? ''] as const] : [])));
}

/**
 * What became of the SQL in each database, by name; `result` is that of `sqlArgv`. What ended before it got to a
 * database counts for that one.
 */
export function outcomesOf(
  engine: Engine,
  databases: readonly string[],
  result: CommandResult,
): ReadonlyMap<string, SqlOutcome> {
  const parts = new Map(
    [...result.stdout.matchAll(PART)].map(([, name = '', stdout = '', code]) => [
      name,
      sqlOutcome(engine, { exitCode: Number(code), stdout, stderr: '' }),
    ]),
  );
  const whole = sqlOutcome(engine, result);
  const none: SqlOutcome =
    whole.kind === 'done' ? { kind: 'refused', text: 'the client did not get to it' } : whole;
  return new Map(databases.map((name) => [name, parts.get(name) ?? none]));
}

/** What an end of the client means. */
export function sqlOutcome(engine: Engine, { exitCode, stdout, stderr }: CommandResult): SqlOutcome {
  if (exitCode === 0) return { kind: 'done', text: stdout };
  const said = stderr.trim() || stdout.trim();
  const kind = engine === 'postgres' ? postgresFault(exitCode, said) : mysqlFault(said);
  return { kind, text: complaintOf(said) ?? `the client ended with ${exitCode}` };
}

/** Around the complaint the clients repeat the statement, and psql names the place in the server's own source. */
function complaintOf(said: string): string | undefined {
  const lines = said.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return lines.findLast((line) => /\b(error|fatal)\b/i.test(line)) ?? lines.findLast((line) => line !== '');
}

/** Exit codes of psql: 2 for a connection that failed or was lost, 3 for an error in the script. 42P01 is a missing table. */
function postgresFault(exitCode: number, text: string): 'missing' | 'unreachable' | 'refused' {
  if (/\b42P01\b|database "[^"]*" does not exist/.test(text)) return 'missing';
  return exitCode === 2 ? 'unreachable' : 'refused';
}

/**
 * Error numbers of the server and the client: 1146 missing table, 1049 missing database; 20xx no connection, 1040 too
 * many, 1045 and 1130 no such user yet, 1053 on its way down.
 */
function mysqlFault(text: string): 'missing' | 'unreachable' | 'refused' {
  const number = /\bERROR (\d{4})\b/.exec(text)?.[1] ?? '';
  if (['1146', '1049'].includes(number)) return 'missing';
  return /^(20\d\d|1040|1045|1053|1130)$/.test(number) ? 'unreachable' : 'refused';
}

function tableOf(engine: Engine): string {
  // An app may give its user another search path at any time.
  return engine === 'postgres' ? 'public.ci_marker' : 'ci_marker';
}

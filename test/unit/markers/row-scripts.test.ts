import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  destroySql,
  listArgv,
  listSql,
  outcomesOf,
  rowsOf,
  sqlArgv,
  sqlOutcome,
  writeSql,
} from '../../../activities/support/markers/row-scripts.ts';

/** Stands for a database client: says what it was called with, and lets in the users that are told. */
const CLIENT = `#!/bin/sh
case " $* " in *"--user root "*) user=root ;; *) user=app ;; esac
case " $LET_IN " in *" $user "*) ;; *) echo "ERROR 1045 (28000): Access denied" >&2; exit 1 ;; esac
case "$user $*" in app*other*) echo "ERROR 1044 (42000): Access denied to database" >&2; exit 1 ;; esac
case "$*" in *broken*) echo "ERROR 1146 (42S02): no table" >&2; exit 1 ;; *--execute*) exit ;; esac
echo "$(basename "$0") $*"
echo "password: \${PGPASSWORD-}\${MYSQL_PWD-}"
cat
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-clients-'));
  for (const name of ['psql', 'mariadb']) {
    await writeFile(join(folder, name), CLIENT);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(folder, 'secret'), 'from a file');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a script answers with the variables of a container. */
async function answered(
  [command, ...args]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
) {
  const env = { PATH: `${folder}:/usr/bin:/bin`, LET_IN: 'root app', ...variables };
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(command, args, { env }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end('SELECT 1;\n');
  });
}

/** What the client saw in each database. */
async function called(
  engine: 'postgres' | 'mysql',
  databases: readonly string[],
  variables: Readonly<Record<string, string>>,
  as: 'root' | 'app' = 'root',
) {
  const result = await answered(sqlArgv(engine, as, databases), variables);
  const outcomes = outcomesOf(engine, databases, result);
  return databases.map((name) => {
    const { kind, text } = outcomes.get(name) ?? { kind: 'nothing', text: '' };
    return { kind, lines: text.trim().split('\n') };
  });
}

describe('the script for PostgreSQL', () => {
  it('uses the local socket and loud errors, in each database by itself', async () => {
    const [blog, broken, chat] = await called('postgres', ['blog', 'broken', 'my chat'], {
      PGHOST: 'elsewhere',
    });
    expect(blog?.lines[0]).toMatch(/^psql .*--set ON_ERROR_STOP=1 .*--username postgres --dbname blog$/);
    expect(blog?.lines[0]).not.toContain('host');
    expect(blog?.lines.slice(1)).toEqual(['password: ', 'SELECT 1;']);
    expect(broken).toEqual({ kind: 'refused', lines: ['ERROR 1146 (42S02): no table'] });
    expect(chat?.lines[0]).toMatch(/--dbname my chat$/);
    expect(chat?.lines.at(-1)).toBe('SELECT 1;');
  });

  it('takes names from variables and the password from a file, never as an argument', async () => {
    const variables = { POSTGRES_USER: 'blog user', POSTGRES_PASSWORD_FILE: join(folder, 'secret') };
    const { stdout } = await answered(listArgv('postgres'), variables);
    const [call, password] = stdout.split('\n');
    expect(call).toMatch(/--username blog user --dbname blog user$/);
    expect(call).not.toContain('from a file');
    expect(password).toBe('password: from a file');
  });

  it('fails in every database when a file that is named cannot be read', async () => {
    const found = await called('postgres', ['a', 'b'], { POSTGRES_DB_FILE: '/nowhere' });
    expect(found.map(({ kind }) => kind)).toEqual(['refused', 'refused']);
    expect(found[1]?.lines.join()).toContain('/nowhere');
  });
});

describe('the script for MariaDB and MySQL', () => {
  const variables = {
    MYSQL_ROOT_PASSWORD_FILE: '',
    MARIADB_USER: 'blog',
    MYSQL_PASSWORD: 'of the app',
    MARIADB_DATABASE: 'blog_db',
  };

  it('prefers root, with the password of whichever prefix there is', async () => {
    const set = { ...variables, MYSQL_ROOT_PASSWORD: 'of root' };
    expect(await called('mysql', ['blog_db', 'broken', 'other'], set)).toEqual([
      {
        kind: 'done',
        lines: [
          'mariadb --batch --skip-column-names --user root --database blog_db',
          'password: of root',
          'SELECT 1;',
        ],
      },
      { kind: 'missing', lines: ['ERROR 1146 (42S02): no table'] },
      { kind: 'done', lines: expect.arrayContaining(['SELECT 1;']) },
    ]);
  });

  it('goes on as the app itself where root does not get in, and first where that is asked for', async () => {
    const refused = await called('mysql', ['blog_db'], { ...variables, LET_IN: 'app' });
    const asked = await called('mysql', ['blog_db'], variables, 'app');
    for (const [found] of [refused, asked]) {
      expect(found?.lines[0]).toMatch(/--user blog --database blog_db$/);
      expect(found?.lines[1]).toBe('password: of the app');
    }
    const [nobody] = await called('mysql', ['blog_db'], { ...variables, LET_IN: '' });
    expect(nobody).toEqual({ kind: 'unreachable', lines: ['ERROR 1045 (28000): Access denied'] });
  });

  it('goes on as root in a database that the app may not use', async () => {
    const set = { ...variables, MARIADB_ROOT_PASSWORD: 'of root' };
    const [other, own] = await called('mysql', ['other', 'blog_db'], set, 'app');
    expect(other?.lines.slice(0, 2)).toEqual([
      expect.stringMatching(/--user root --database other$/),
      'password: of root',
    ]);
    expect(own?.lines[0]).toMatch(/--user blog --database blog_db$/);
  });

  it('lists without a database', async () => {
    const { stdout } = await answered(listArgv('mysql'), { MYSQL_ROOT_PASSWORD: 'x' });
    expect(stdout.split('\n')[0]).toMatch(/--user root$/);
    expect(stdout).toContain('SELECT 1;');
  });
});

describe('the SQL', () => {
  it('keeps two rows and destroys them in different ways [R-21]', () => {
    expect(writeSql('mysql', 'ci-1')).toContain("VALUES ('kept', 'ci-1'), ('gone', 'ci-1')");
    expect(writeSql('postgres', 'ci-1')).toMatch(/public\.ci_marker/);
    expect(destroySql('mysql')).toMatch(
      /DELETE FROM ci_marker WHERE id <> 'kept';\nUPDATE ci_marker SET value/,
    );
  });

  it("leaves out what is the server's own", () => {
    expect(listSql('mysql')).toContain("('mysql', 'sys', 'information_schema', 'performance_schema')");
    expect(listSql('postgres')).toMatch(/NOT datistemplate[^]*datname <> 'postgres'/);
  });

  it('reads the rows of either client', () => {
    expect(rowsOf('gone|ci-1\nkept|a|b\n')).toEqual(
      new Map([
        ['gone', 'ci-1'],
        ['kept', 'a|b'],
      ]),
    );
    expect(rowsOf('kept\tci-1\n')).toEqual(new Map([['kept', 'ci-1']]));
    expect(rowsOf('')).toEqual(new Map());
  });
});

describe('what an end of the client means', () => {
  it.each([
    ['postgres', 0, '', 'done'],
    ['postgres', 3, 'ERROR:  42P01: relation "public.ci_marker" does not exist', 'missing'],
    ['postgres', 2, 'psql: error: FATAL:  database "blog" does not exist', 'missing'],
    ['postgres', 2, 'psql: error: FATAL:  the database system is starting up', 'unreachable'],
    ['postgres', 3, 'ERROR:  25006: cannot execute INSERT in a read-only transaction', 'refused'],
    ['postgres', 127, 'exec failed: "sh": executable file not found', 'refused'],
    ['mysql', 1, "ERROR 1146 (42S02) at line 1: Table 'blog.ci_marker' doesn't exist", 'missing'],
    ['mysql', 1, "ERROR 1049 (42000): Unknown database 'blog'", 'missing'],
    ['mysql', 1, "ERROR 2002 (HY000): Can't connect to local server through socket", 'unreachable'],
    ['mysql', 1, 'ERROR 2013 (HY000) at line 1: Lost connection to server during query', 'unreachable'],
    ['mysql', 1, 'ERROR 1290 (HY000) at line 2: running with the --read-only option', 'refused'],
    ['mysql', 1, '', 'refused'],
  ] as const)('%s, %i, %s: %s', (engine, exitCode, stderr, kind) => {
    expect(sqlOutcome(engine, { exitCode, stdout: '', stderr })).toEqual({
      kind,
      text:
        stderr.replace('ERROR:  ', 'ERROR: ').replace('FATAL:  ', 'FATAL: ') ||
        (exitCode === 0 ? '' : 'the client ended with 1'),
    });
  });

  it.each([
    [
      'mysql',
      "--------------\nSELECT id, value FROM ci_marker ORDER BY id\n--------------\n\nERROR 1146 (42S02) at line 1: Table 'notes.ci_marker' doesn't exist\n",
      "ERROR 1146 (42S02) at line 1: Table 'notes.ci_marker' doesn't exist",
    ],
    [
      'postgres',
      'ERROR:  42P01: relation "public.ci_marker" does not exist\nLINE 1: SELECT id, value FROM public.ci_marker\n        ^\nLOCATION:  parserOpenTable, parse_relation.c:1449\n',
      'ERROR: 42P01: relation "public.ci_marker" does not exist',
    ],
    [
      'postgres',
      'cat: /run/secrets/db_password: No such file\n\n',
      'cat: /run/secrets/db_password: No such file',
    ],
  ] as const)('is told by %s in the one line that says why', (engine, stderr, text) => {
    expect(sqlOutcome(engine, { exitCode: 1, stdout: '', stderr }).text).toBe(text);
  });
});

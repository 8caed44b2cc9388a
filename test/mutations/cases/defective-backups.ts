import type { Defect, FixtureRecipe } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';
import { reviewed } from './parts.ts';

const incomplete = { stage: 'backup', class: 'recipe', code: 'E_BACKUP_INCOMPLETE' } as const;
/** One attempt: what these lack, no further one would bring. */
const once = (recipe: FixtureRecipe) => ({ folder: reviewed(recipe, 'backup: { attempts: 1 }') });
const notBack = { stage: 'restore', class: 'recipe', code: 'E_RESTORE_LOST' } as const;

const PRE_HOOK = "        backupbot.backup.pre-hook: '/pg_backup.sh backup'\n";
const DUMP_PATH = "        backupbot.backup.volumes.db-data.path: 'backup.sql'\n";
const RESTORE_HOOK = "        backupbot.restore.post-hook: '/pg_backup.sh restore'\n";

function postgres(
  name: string,
  from: string | RegExp,
  to: string,
): Pick<Defect, 'name' | 'recipe' | 'recipeChange'> {
  return {
    name,
    recipe: 'notes-postgres',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', from, to),
  };
}

/** Changes the script that the hooks of the head call, and raises the version of its config as one has to. */
function script(
  tree: RecipeTree,
  recipe: FixtureRecipe,
  ...changes: readonly (readonly [string | RegExp, string])[]
): void {
  const [file, variable] = recipe === 'notes-mariadb' ? ['mysql_backup.sh', 'MYSQL'] : ['pg_backup.sh', 'PG'];
  for (const [from, to] of changes) tree.replace('head', file, from, to);
  tree.write('head', 'abra.sh', `export ${variable}_BACKUP_VERSION=v3\n`);
}

/** Backups that save less than they promise, and restores that do not bring it back. */
export const defectiveBackups: readonly Defect[] = [
  {
    name: 'the backup label names a folder that no volume holds',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        'backup.path=/usr/share/nginx/html',
        'backup.path=/etc/nginx/conf.d',
      ),
    ...incomplete,
  },
  {
    name: 'the backup label names a folder that does not exist in the volume',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        "nginx/html'\n        - 'coop",
        "nginx/html/uploads'\n        - 'coop",
      ),
    ...incomplete,
  },
  {
    name: 'the backup label saves a single file of the site',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        "nginx/html'\n        - 'coop",
        "nginx/html/index.html'\n        - 'coop",
      ),
    ...notBack,
  },
  {
    ...postgres('the backup label names another volume', 'volumes.db-data.path', 'volumes.data.path'),
    ...once('notes-postgres'),
    ...incomplete,
  },
  {
    ...postgres(
      'the only volume is excluded from the backup',
      DUMP_PATH,
      "        backupbot.backup.volumes.db-data: 'false'\n",
    ),
    ...once('notes-postgres'),
    ...incomplete,
  },
  {
    ...postgres(
      'the hook before the backup writes nothing and succeeds',
      PRE_HOOK,
      PRE_HOOK.replace('/pg_backup.sh backup', 'true'),
    ),
    ...incomplete,
  },
  {
    ...postgres('the script of the hooks may not be executed', 'mode: 0555', 'mode: 0444'),
    ...once('notes-postgres'),
    ...incomplete,
    code: 'E_HOOK',
  },
  {
    ...postgres(
      'the hook after the backup fails',
      PRE_HOOK,
      `${PRE_HOOK}        backupbot.backup.post-hook: 'rm /var/lib/postgresql/data/dump.sql'\n`,
    ),
    ...once('notes-postgres'),
    ...incomplete,
    code: 'E_HOOK',
  },
  {
    name: 'the hook saves an empty dump, because its failure is ignored [R-25]',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      script(tree, 'notes-postgres', [
        /--dbname="\$POSTGRES_DB" >"\$DUMP.part"/,
        '--dbname=app >"$DUMP.part" || true',
      ]),
    ...incomplete,
  },
  {
    name: 'the hook saves a dump without any table',
    recipe: 'notes-postgres',
    recipeChange: (tree) => script(tree, 'notes-postgres', ['pg_dump ', 'pg_dump --exclude-schema=public ']),
    ...once('notes-postgres'),
    ...incomplete,
  },
  {
    name: 'the hook saves a dump with tables and without rows',
    recipe: 'notes-postgres',
    recipeChange: (tree) => script(tree, 'notes-postgres', ['pg_dump ', 'pg_dump --schema-only ']),
    ...notBack,
  },
  {
    name: 'the hook saves a compressed empty dump, because the pipe hides that it failed',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      script(tree, 'notes-mariadb', ['set -euo pipefail', 'set -eu'], ['"$MARIADB_DATABASE" |', 'app |']),
    ...once('notes-mariadb'),
    ...incomplete,
  },
  {
    ...postgres(
      'the files of the running database are saved, without a dump',
      `${PRE_HOOK}${DUMP_PATH}${RESTORE_HOOK}`,
      '',
    ),
    folder: reviewed('notes-postgres'),
    ...notBack,
  },
  {
    ...postgres('the dump is saved and never read again', RESTORE_HOOK, ''),
    ...notBack,
  },
  {
    name: 'the hook after the restore does nothing [R-23, F-42]',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.mariadb.yml',
        "restore.post-hook: '/mysql_backup.sh restore'",
        "restore.post-hook: 'true'",
      ),
    ...notBack,
  },
  {
    ...postgres('the hook after the restore fails', '/pg_backup.sh restore', '/pg_backup.sh import'),
    stage: 'restore',
    class: 'recipe',
    code: 'E_HOOK',
  },
  {
    name: 'the dump is read into the tables that are there, and the errors are ignored',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      script(
        tree,
        'notes-postgres',
        [/ {2}dropdb .*\n/, ''],
        [/ {2}createdb .*\n/, ''],
        [' -1 -v ON_ERROR_STOP=1', ''],
      ),
    ...notBack,
  },
  {
    name: 'the dump is damaged, and the pipe that reads it hides that [F-46]',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      script(
        tree,
        'notes-mariadb',
        ['set -euo pipefail', 'set -eu'],
        ['    gzip >"$DUMP.part"', '    gzip | tail --bytes=+3 >"$DUMP.part"'],
        [/ {2}if ! gunzip[\s\S]*? {2}fi\n/, ''],
      ),
    ...notBack,
  },
  {
    ...postgres(
      'the database can be read after the restore, and not be written to',
      RESTORE_HOOK,
      RESTORE_HOOK.replace(
        'sh restore',
        'sh restore && psql -U notes -d notes -c "ALTER DATABASE notes SET default_transaction_read_only = on"',
      ),
    ),
    stage: 'restore',
    class: 'recipe',
    code: 'E_NOT_WRITABLE',
  },
];

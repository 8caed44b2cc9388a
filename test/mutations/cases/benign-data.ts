import type { Platform } from '../../../activities/platform/port.ts';
import type { Benign } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';
import { addToApp } from './benign-parts.ts';

const DUMP = '/var/lib/postgresql/data/backup.sql';
const PRE_HOOK = "backupbot.backup.pre-hook: '/pg_backup.sh backup'";
const POST_HOOK = "backupbot.restore.post-hook: '/pg_backup.sh restore'";
const DUMP_PATH = "db-data.path: 'backup.sql'";
const FILES_LABEL = "        - 'backupbot.backup.path=/usr/share/nginx/html'\n";

function preHook(hook: string): (tree: RecipeTree) => void {
  return (tree) => tree.replaceInBoth('compose.yml', PRE_HOOK, `backupbot.backup.pre-hook: ${hook}`);
}

export const benignData: readonly Benign[] = [
  {
    name: 'the pre-hook is wrapped in a shell',
    recipe: 'notes-postgres',
    recipeChange: preHook(`"bash -c '/pg_backup.sh backup'"`),
  },
  {
    name: 'the pre-hook has quotes around it',
    recipe: 'notes-postgres',
    recipeChange: preHook(`'"/pg_backup.sh backup"'`),
  },
  {
    name: 'the pre-hook is a line for the shell with variables of the container',
    recipe: 'notes-postgres',
    recipeChange: preHook(
      `"sh -c 'umask 077 && pg_dump --username=$$POSTGRES_USER $$POSTGRES_DB > ${DUMP}'"`,
    ),
  },
  {
    name: 'the pre-hook takes 5 s',
    recipe: 'notes-postgres',
    recipeChange: preHook("'sleep 5 && /pg_backup.sh backup'"),
  },
  {
    name: 'a post-hook removes the dump, and a restore pre-hook makes room for it',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'compose.yml',
        POST_HOOK,
        `${POST_HOOK}
        backupbot.backup.post-hook: 'rm -f ${DUMP}'
        backupbot.restore.pre-hook: 'rm -f ${DUMP}'`,
      ),
  },
  {
    name: 'the dump is compressed',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replaceInBoth('compose.yml', DUMP_PATH, "db-data.path: 'backup.sql.gz'");
      tree.replace('base', 'pg_backup.sh', `DUMP=${DUMP}`, `DUMP=${DUMP}.gz`);
      tree.replace('base', 'pg_backup.sh', '>"$DUMP.part"', '| gzip >"$DUMP.part"');
      tree.replace('base', 'pg_backup.sh', '  psql --', '  gunzip -c "$DUMP" | psql --');
      tree.replace('base', 'pg_backup.sh', ' -f "$DUMP"', '');
    },
  },
  {
    name: 'the dump lies in a folder of its own, which is saved',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replaceInBoth('compose.yml', DUMP_PATH, "db-data.path: 'dumps'");
      tree.replace('base', 'pg_backup.sh', DUMP, '/var/lib/postgresql/data/dumps/backup.sql');
      tree.replace('base', 'pg_backup.sh', '  pg_dump --', '  mkdir -p "$(dirname "$DUMP")"\n  pg_dump --');
    },
  },
  {
    name: 'backups are on by a default that the sample does not set',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replaceInBoth('compose.yml', '${ENABLE_BACKUPS:-true}', '${ENABLE_BACKUPS-True}');
      tree.replaceInBoth('.env.sample', 'ENABLE_BACKUPS=true', '#ENABLE_BACKUPS=false');
    },
  },
  {
    name: 'the sample turns backups off',
    recipe: 'notes-postgres',
    recipeChange: (tree) => tree.replaceInBoth('.env.sample', 'ENABLE_BACKUPS=true', 'ENABLE_BACKUPS=false'),
  },
  {
    name: 'the database runs as its own user from the start',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replaceInBoth('compose.yml', /( {4}image: postgres:.*\n)/, "$1    user: '999:999'\n"),
  },
  {
    name: 'the head raises a config together with its version',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replace('head', 'pg_backup.sh', 'pg_dump --', 'pg_dump --clean --if-exists --');
      tree.write('head', 'abra.sh', 'export PG_BACKUP_VERSION=v3\n');
    },
  },
  {
    name: 'the head raises the version of a secret in the sample',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replace('head', '.env.sample', 'SECRET_DB_PASSWORD_VERSION=v1', 'SECRET_DB_PASSWORD_VERSION=v2'),
  },
  {
    name: 'the head has a secret more, which is generated',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', /( {6}- db_password\n)/, '$1      - session_key\n');
      tree.replace(
        'head',
        'compose.yml',
        '\nsecrets:\n',
        '\nsecrets:\n  session_key:\n    external: true\n    name: ${STACK_NAME}_session_key_${SECRET_SESSION_KEY_VERSION}\n',
      );
      const sample = tree.read('head', '.env.sample');
      tree.write('head', '.env.sample', `${sample}\nSECRET_SESSION_KEY_VERSION=v1 # length=64 charset=hex\n`);
    },
  },
  {
    name: 'the password of root is random and known to nobody',
    recipe: 'notes-mariadb',
    recipeChange: (tree) => {
      tree.replaceInBoth(
        'compose.mariadb.yml',
        'MARIADB_ROOT_PASSWORD_FILE: /run/secrets/db_root_password',
        "MARIADB_RANDOM_ROOT_PASSWORD: 'yes'",
      );
      tree.replace('base', 'mysql_backup.sh', 'MARIADB_ROOT_PASSWORD_FILE', 'MARIADB_PASSWORD_FILE');
      tree.replace('base', 'mysql_backup.sh', /  # A connection of the app.*\n.*KILL USER.*\n/, '');
      tree.replace('base', 'mysql_backup.sh', '--user=root', '--user="$MARIADB_USER"');
    },
  },
  {
    name: 'labels of version 1 name two folders',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      addVolumes(tree, { uploads: '/srv/uploads' });
      tree.replaceInBoth(
        'compose.yml',
        'path=/usr/share/nginx/html',
        'path=/usr/share/nginx/html,/srv/uploads/',
      );
    },
  },
  {
    name: 'labels of version 2 name two folders of a volume and leave one out',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      addVolumes(tree, { uploads: '/srv/uploads', cache: '/srv/cache' });
      tree.replaceInBoth(
        'compose.yml',
        FILES_LABEL,
        "        - 'backupbot.backup.volumes.uploads.path=photos,letters'\n" +
          "        - 'backupbot.backup.volumes.cache=false'\n",
      );
      addToApp(tree, WITH_UPLOADS);
    },
  },
  {
    name: 'a restore post-hook puts the app into maintenance for 2 s',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      tree.replaceInBoth(
        'compose.yml',
        FILES_LABEL,
        `${FILES_LABEL}        - 'backupbot.restore.post-hook=touch /tmp/away && (sleep 2; rm /tmp/away) >/dev/null 2>&1 &'\n`,
      );
      tree.replaceInBoth(
        'nginx.conf',
        '    location / {\n',
        '    location / {\n        if (-f /tmp/away) {\n            return 503;\n        }\n',
      );
    },
  },
  {
    name: 'the first backup lacks the dump and the second is complete',
    recipe: 'notes-postgres',
    adapter: firstBackupWithout('backup.sql'),
    also: ({ backup }) => {
      const faults = backup?.attempts.map((attempt) => attempt.faults.length > 0);
      const asExpected = faults?.length === 2 && faults[0] === true && faults[1] === false;
      return asExpected ? undefined : `the attempts kept are ${JSON.stringify(backup?.attempts)}`;
    },
  },
];

const WITH_UPLOADS = `    command:
      - sh
      - -c
      - >-
        mkdir -p /srv/uploads/photos /srv/uploads/letters &&
        echo photo >/srv/uploads/photos/1.jpg && echo letter >/srv/uploads/letters/1.txt &&
        exec nginx -g 'daemon off;'
`;

function addVolumes(tree: RecipeTree, targets: Readonly<Record<string, string>>): void {
  const names = Object.keys(targets);
  const mounts = Object.entries(targets).map(([name, target]) => `      - ${name}:${target}\n`);
  tree.replaceInBoth('compose.yml', '    volumes:\n', `    volumes:\n${mounts.join('')}`);
  tree.replaceInBoth(
    'compose.yml',
    '\nvolumes:\n',
    `\nvolumes:\n${names.map((name) => `  ${name}:\n`).join('')}`,
  );
}

/** As when the container is replaced between the hook and the snapshot. */
function firstBackupWithout(path: string): (platform: Platform) => Platform {
  return (platform) => {
    let first: string | undefined;
    return {
      ...platform,
      createBackup: async (...args) => {
        const snapshot = await platform.createBackup(...args);
        first ??= snapshot?.id;
        return snapshot;
      },
      snapshotContents: async (operation, app, snapshot) => {
        const contents = await platform.snapshotContents(operation, app, snapshot);
        return snapshot.id === first ? contents.filter((entry) => entry.path !== path) : contents;
      },
    };
  };
}

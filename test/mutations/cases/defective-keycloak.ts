import type { Defect } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';

const lost = { stage: 'upgrade', class: 'recipe', code: 'E_DATA_LOST' } as const;
const notBack = { stage: 'restore', class: 'recipe', code: 'E_RESTORE_LOST' } as const;

const CLOSE = "        backupbot.restore.pre-hook: '/pg_backup.sh close'\n";
const RESTORE = "        backupbot.restore.post-hook: '/pg_backup.sh restore'\n";

/** Changes a setting of the server in the head. */
function setting(name: string, from: string, to: string): Pick<Defect, 'name' | 'recipe' | 'recipeChange'> {
  return {
    name,
    recipe: 'keycloak',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', `- ${from}\n`, `- ${to}\n`),
  };
}

/** Changes the script of the hooks in the head, and the version of its config with it. */
function script(tree: RecipeTree, from: string, to: string): void {
  tree.replace('head', 'pg_backup.sh', from, to);
  tree.replace('head', 'abra.sh', 'PG_BACKUP_VERSION=v1', 'PG_BACKUP_VERSION=v2');
}

/** What an app that others sign in through can get wrong. */
export const defectiveKeycloak: readonly Defect[] = [
  {
    ...setting(
      'the head uses another, empty database of the same server [R-19, R-22]',
      'KC_DB_URL_DATABASE=keycloak',
      'KC_DB_URL_DATABASE=postgres',
    ),
    ...lost,
  },
  {
    ...setting(
      'the head takes itself for another issuer than its public name says [H-12]',
      'KC_HOSTNAME=https://${DOMAIN}',
      'KC_HOSTNAME=https://sso.${DOMAIN}',
    ),
    ...{ stage: 'upgrade', class: 'test', code: 'E_SPEC' },
  },
  {
    ...setting(
      'the head gives the server less memory than it starts with',
      'JAVA_OPTS_KC_HEAP=-Xms128m -Xmx${HEAP_LIMIT:-512m}',
      'JAVA_OPTS_KC_HEAP=-Xms16m -Xmx${HEAP_LIMIT:-48m}',
    ),
    ...{ stage: 'upgrade', class: 'recipe', code: 'E_CRASH_LOOP' },
  },
  {
    name: 'the server is not told the password of its administrator, and refuses to start without one',
    recipe: 'keycloak',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'entrypoint.sh.tmpl',
        'export KC_DB_PASSWORD KC_BOOTSTRAP_ADMIN_PASSWORD',
        'export KC_DB_PASSWORD',
      ),
    ...{ stage: 'install', class: 'recipe', code: 'E_CRASH_LOOP' },
  },
  {
    name: 'the dump of the realms is saved and never read again',
    recipe: 'keycloak',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', `${CLOSE}${RESTORE}`, '');
    },
    ...notBack,
  },
  {
    name: 'the dump is without the passwords of the accounts, which nothing but signing in shows [R-32]',
    recipe: 'keycloak',
    recipeChange: (tree) => script(tree, 'pg_dump ', 'pg_dump --exclude-table-data=credential '),
    ...{ stage: 'restore', class: 'recipe' },
  },
  {
    name: 'the hook of the restore renames the restored database to a name that nobody uses',
    recipe: 'keycloak',
    recipeChange: (tree) =>
      script(tree, 'RENAME TO \\"$POSTGRES_DB\\""', 'RENAME TO \\"${POSTGRES_DB}_new\\""'),
    ...{ stage: 'restore', class: 'recipe', code: 'E_HOOK' },
  },
];

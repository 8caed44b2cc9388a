import type { Defect } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';
import { edited } from './parts.ts';

const SIGN_IN = `  deps: ['keycloak'],
  sso: { provider: 'keycloak', redirectPaths: ['/user/oauth2/keycloak/callback'] },
`;
/** The reviewed folder without single sign-on, so that nothing else has to run; the rest of it is as it is. */
const alone = {
  recipe: 'gitea',
  folder: { ...edited('recipe.ts', SIGN_IN, '', 'gitea'), 'custom/sign-in.spec.ts': undefined },
} as const;
const INI = 'app.ini.tmpl';
const APP_BACKUP = "backupbot.backup=${ENABLE_BACKUPS:-true}'";
const RESTORE_HOOK = "        backupbot.restore.post-hook: '/mysql_backup.sh restore'\n";

/** What cannot become healthy is given up within seconds. */
function giveUpSoon(tree: RecipeTree): void {
  tree.replaceInBoth('compose.yml', 'retries: 60', 'retries: 8');
  tree.replaceInBoth('compose.yml', 'start_period: 2m', 'start_period: 40s');
}

/** Faults of an app whose data is in two places, and whose settings come from a template with secrets. */
export const defectiveGitea: readonly Defect[] = [
  {
    name: 'the head of gitea has its repositories in another place than the volume',
    ...alone,
    recipeChange: (tree) => tree.replace('head', INI, '/data/git/repositories', '/tmp/repositories'),
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_DATA_LOST',
  },
  {
    name: 'the head of gitea has another database than the one that was filled',
    ...alone,
    recipeChange: (tree) =>
      tree.replace('head', 'compose.mariadb.yml', 'GITEA_DB_TYPE: mysql', 'GITEA_DB_TYPE: sqlite3'),
    stage: 'upgrade',
    class: 'recipe',
  },
  {
    name: 'the head of gitea shows the form of a first installation, and calls itself healthy',
    ...alone,
    recipeChange: (tree) => tree.replace('head', INI, 'INSTALL_LOCK = true', 'INSTALL_LOCK = false'),
    stage: 'upgrade',
    class: 'recipe',
  },
  {
    name: 'the settings of the head of gitea are no template any more',
    ...alone,
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', '    template_driver: golang\n', '');
      giveUpSoon(tree);
    },
    stage: 'upgrade',
    class: 'recipe',
  },
  {
    name: 'the settings of the head of gitea name a secret that the app does not get',
    ...alone,
    recipeChange: (tree) => {
      tree.replace('head', INI, 'secret "db_password"', 'secret "db_root_password"');
      giveUpSoon(tree);
    },
    stage: 'upgrade',
    class: 'recipe',
  },
  {
    name: 'the backup of gitea has the database, and not the repositories',
    ...alone,
    recipeChange: (tree) => tree.replaceInBoth('compose.mariadb.yml', APP_BACKUP, "backupbot.backup=false'"),
    stage: 'restore',
    class: 'recipe',
    code: 'E_RESTORE_LOST',
  },
  {
    name: 'the restore of gitea brings the repositories back, and not the database',
    ...alone,
    recipeChange: (tree) => tree.replace('head', 'compose.mariadb.yml', RESTORE_HOOK, ''),
    stage: 'restore',
    class: 'recipe',
    code: 'E_RESTORE_LOST',
  },
  {
    name: 'gitea names itself by a placeholder, whatever its operator sets [F-62]',
    ...alone,
    recipeChange: (tree) => tree.replaceInBoth('compose.yml', '${GITEA_DOMAIN}', 'git.example.org'),
    stage: 'install',
    class: 'test',
    code: 'E_SPEC',
  },
];

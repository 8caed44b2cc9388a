import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../../activities/support/load-recipe.ts';
import type { Defect } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';

const HOMESERVER = 'homeserver.yaml.tmpl';
const lost = { stage: 'upgrade', class: 'recipe', code: 'E_DATA_LOST' } as const;
const crashes = { stage: 'upgrade', class: 'recipe', code: 'E_CRASH_LOOP' } as const;
const notBack = { stage: 'restore', class: 'recipe', code: 'E_RESTORE_LOST' } as const;

/** The folder without the dependency: none of these is about single sign-on, and each would deploy one more app. */
function withoutProvider(): Record<string, string> {
  const text = readFileSync(join(CHECKOUT, 'recipes/matrix-synapse/recipe.ts'), 'utf8');
  const alone = text.replace(/ {2}deps: [\s\S]*?(?= {2}\/\/ All tests)/, '');
  if (alone === text || /sso|deps/.test(alone)) throw new Error('recipe.ts: the dependency stays');
  // Something has to be there, because a spec file that git knows may not be missing.
  const spec = `import { expect, test } from '../../fixtures.ts';

test('offers no provider', async ({ http }) => {
  expect((await http.get('/_matrix/client/v3/login')).text()).not.toContain('identity_providers');
});
`;
  return { 'recipe.ts': alone, 'custom/sso.spec.ts': spec };
}

/** Changes the configuration of the head, and raises its version as one has to. */
function configure(tree: RecipeTree, from: string | RegExp, to: string): void {
  tree.replace('head', HOMESERVER, from, to);
  tree.replace('head', 'abra.sh', 'HOMESERVER_VERSION=v2', 'HOMESERVER_VERSION=v3');
}

/** Changes the hooks of the head, and raises the version of their script. */
function hooks(tree: RecipeTree, from: string, to: string): void {
  tree.replace('head', 'pg_backup.sh', from, to);
  tree.replace('head', 'abra.sh', 'PG_BACKUP_VERSION=v1', 'PG_BACKUP_VERSION=v2');
}

function compose(name: string, from: string | RegExp, to: string): Pick<Defect, 'name' | 'recipeChange'> {
  return { name, recipeChange: (tree) => tree.replace('head', 'compose.yml', from, to) };
}

const planted: readonly Omit<Defect, 'recipe' | 'folder'>[] = [
  {
    name: 'the head keeps the signing key where it ends with the container',
    recipeChange: (tree) => {
      configure(tree, 'signing_key_path: /data/', 'signing_key_path: /etc/');
      tree.replace('head', 'entrypoint.sh', '-s /data/signing.key', '-s /etc/signing.key');
      tree.replace(
        'head',
        'entrypoint.sh',
        '--generate-keys\n',
        '--generate-keys\n  chmod 0644 /etc/signing.key\n',
      );
      tree.replace('head', 'abra.sh', 'ENTRYPOINT_VERSION=v1', 'ENTRYPOINT_VERSION=v2');
    },
    ...lost,
  },
  {
    name: 'the head lets everybody register without any proof, so that Synapse refuses to start [F-17]',
    recipeChange: (tree) => configure(tree, 'enable_registration: false', 'enable_registration: true'),
    ...crashes,
  },
  {
    name: 'the head signs in to the database with another password',
    recipeChange: (tree) =>
      configure(tree, 'password: {{ secret "db_password"', 'password: {{ secret "form_secret"'),
    ...crashes,
  },
  {
    name: 'the database sorts as the C library does, which Synapse refuses',
    recipeChange: (tree) => {
      tree.unpublish();
      tree.replace('head', 'compose.yml', '--locale=C\n', '--locale=C.UTF-8\n');
    },
    stage: 'install',
    class: 'recipe',
    code: 'E_CRASH_LOOP',
  },
  {
    name: 'the configuration has changed, and its version has not',
    recipeChange: (tree) => tree.replace('head', 'abra.sh', 'HOMESERVER_VERSION=v2', 'HOMESERVER_VERSION=v1'),
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_CONFIG_CHANGED',
  },
  {
    name: 'the head does not serve other servers any more',
    recipeChange: (tree) => configure(tree, '[client, federation]', '[client]'),
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_ASSERTION',
  },
  {
    ...compose('the head publishes the API of its administrators [F-18]', / && \(PathPrefix.*\)'/, "'"),
    stage: 'custom',
    class: 'test',
    code: 'E_SPEC',
  },
  {
    ...compose(
      'the dump is saved and never read again',
      "        backupbot.restore.post-hook: '/pg_backup.sh restore'\n",
      '',
    ),
    ...notBack,
  },
  {
    name: 'the dump leaves out what users call themselves',
    recipeChange: (tree) => hooks(tree, 'pg_dump ', 'pg_dump --exclude-table-data=profiles '),
    ...notBack,
  },
];

/** What goes wrong with a real homeserver: its database, its key, its users, and what it shows to the world. */
export const defectiveSynapse: readonly Defect[] = planted.map((defect) => ({
  ...defect,
  recipe: 'matrix-synapse',
  folder: withoutProvider(),
}));

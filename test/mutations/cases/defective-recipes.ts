import type { Defect } from '../case.ts';
import { addToGreeter } from './parts.ts';

const refused = { stage: 'prepare', class: 'recipe' } as const;
const lost = { stage: 'upgrade', class: 'recipe', code: 'E_DATA_LOST' } as const;

/** Recipes that are refused before anything is created, and heads that lose the data of the base. */
export const defectiveRecipes: readonly Defect[] = [
  {
    name: 'the head renames the volume, and with it the data is gone [R-19]',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', 'content:/usr', 'pages:/usr');
      tree.replace('head', 'compose.yml', '\n  content:\n', '\n  pages:\n');
    },
    ...lost,
  },
  {
    name: 'the head empties the volume whenever it starts',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        'image: nginx:1.29.1\n',
        `image: nginx:1.29.1
    entrypoint: ['sh', '-c', 'cd /usr/share/nginx/html && rm -rf ./* && echo "<h1>Welcome to nginx!</h1>" >index.html && exec nginx -g "daemon off;"']
`,
      ),
    ...lost,
  },
  {
    name: 'a migration of the head drops every table',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        'image: postgres:15.14\n',
        `image: postgres:15.14
    command: ['bash', '-c', 'postgres --single -D "$$PGDATA" notes <<<"DROP SCHEMA public CASCADE; CREATE SCHEMA public;" && exec postgres']
    user: postgres
`,
      ),
    ...lost,
  },
  {
    name: 'the database of the head has its files in another place than the volume',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.mariadb.yml', 'db-data:/var/lib/mysql', 'db-data:/var/lib/mariadb'),
    // The app makes its table at its start. When that was in the old database it never works with the new one, and ends.
    stage: 'upgrade',
    class: 'recipe',
  },
  {
    name: 'the compose file is no YAML',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '    networks:\n      - proxy\n',
        '    networks:\n     - proxy: [\n',
      ),
    ...refused,
    code: 'E_RENDER',
  },
  {
    name: 'a service has an option that does not exist',
    recipe: 'greeter',
    recipeChange: (tree) => addToGreeter(tree, 'head', 'enviroment: []'),
    ...refused,
    code: 'E_RENDER',
  },
  {
    name: 'a service uses a config that is declared nowhere',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', 'source: nginx_default_conf', 'source: nginx_conf'),
    ...refused,
    code: 'E_RENDER',
  },
  {
    name: 'a config has a name of more than 64 characters',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '}_pg_backup_$',
        '}_hooks_of_the_backup_and_the_restore_of_the_database_$',
      ),
    ...refused,
    code: 'E_POLICY',
  },
  {
    name: 'a variable that must be set is set nowhere',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', '${GREETING:-Hello}', '${SITE_TITLE:?must be set}'),
    ...refused,
    code: 'E_RENDER',
  },
  {
    name: 'there is no env sample',
    recipe: 'greeter',
    recipeChange: (tree) => tree.remove('base', '.env.sample'),
    ...refused,
    code: 'E_RENDER',
  },
  {
    name: 'the head mounts the socket of Docker',
    recipe: 'greeter',
    recipeChange: (tree) =>
      addToGreeter(tree, 'head', "volumes:\n      - '/var/run/docker.sock:/var/run/docker.sock'"),
    ...refused,
    code: 'E_POLICY',
  },
  {
    name: 'the head publishes a port on the host',
    recipe: 'greeter',
    recipeChange: (tree) => addToGreeter(tree, 'head', "ports:\n      - '8000:8000'"),
    ...refused,
    code: 'E_POLICY',
  },
  {
    name: 'the head routes a host of somebody else to itself',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', 'Host(`${DOMAIN}`', 'Host(`${DOMAIN}`, `cloud.example.org`'),
    ...refused,
    code: 'E_POLICY',
  },
  {
    name: 'the head takes over the volume of another app',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '\n  content:\n',
        '\n  content:\n    external: true\n    name: cloud_content\n',
      ),
    ...refused,
    code: 'E_POLICY',
  },
];

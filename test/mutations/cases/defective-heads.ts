import type { Defect } from '../case.ts';
import { addToGreeter, BRIEF_CUSTOM_HTML, loseHealthSoon, reviewed } from './parts.ts';

const EXIT = "command: ['sh', '-c', 'exit 1']";
/** At the registry of the stack, which can say that it does not know an image; the public one may be out of reach. */
const ABSENT = '127.0.0.1:5000/coopcloud/notes:0.9.0';
const crashes = { stage: 'upgrade', class: 'recipe', code: 'E_CRASH_LOOP' } as const;
const refuted = { stage: 'upgrade', class: 'recipe', code: 'E_ASSERTION' } as const;
const rejected = { stage: 'upgrade', class: 'recipe', code: 'E_TASK_REJECTED' } as const;
const SERVE_FILES = 'try_files $uri $uri/ =404;';

/** Heads, and bases, that do not come up or do not answer as they should. */
export const defectiveHeads: readonly Defect[] = [
  {
    name: 'the health check is green, and the page is an error',
    recipe: 'custom-html',
    recipeChange: (tree) => tree.replace('head', 'nginx.conf', SERVE_FILES, 'return 500;'),
    folder: BRIEF_CUSTOM_HTML,
    ...refuted,
  },
  {
    name: 'the health check is green, and the ingress is sent to a port on which nothing listens',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.unpublish();
      tree.replace('head', 'compose.yml', 'loadbalancer.server.port=8000', 'loadbalancer.server.port=8080');
    },
    folder: reviewed('greeter'),
    stage: 'install',
    class: 'recipe',
    code: 'E_ASSERTION',
  },
  {
    name: 'the head has no route any more, so the ingress answers 404 itself',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', 'traefik.enable=true', 'traefik.enable=false'),
    folder: reviewed('greeter'),
    ...refuted,
  },
  {
    name: 'the head redirects to another host',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace('head', 'nginx.conf', SERVE_FILES, 'return 302 https://www.example.org/;'),
    folder: BRIEF_CUSTOM_HTML,
    ...refuted,
  },
  {
    name: 'the head answers 200 with a placeholder',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'nginx.conf',
        SERVE_FILES,
        'default_type text/html; return 200 "<h1>Coming soon</h1>";',
      ),
    folder: BRIEF_CUSTOM_HTML,
    ...refuted,
  },
  {
    name: 'the app says that it is another version than the label of the head',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', 'environment:\n', 'environment:\n      - NOTES_VERSION=1.0.0\n'),
    folder: reviewed('greeter', `version: { path: '/version', pattern: '"version": "([^"]+)"' }`),
    ...refuted,
  },
  {
    name: 'the health check of the head asks for a page that is not there, and swarm rolls back',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', ':8000/healthz', ':8000/health');
      tree.replace('head', 'compose.yml', 'start_period: 10s', 'start_period: 2s');
      tree.replace('head', 'compose.yml', 'retries: 10', 'retries: 3');
    },
    ...crashes,
  },
  {
    name: 'the head exits at once',
    recipe: 'greeter',
    recipeChange: (tree) => addToGreeter(tree, 'head', EXIT),
    ...crashes,
  },
  {
    name: 'the head exits at once, and nothing is rolled back',
    recipe: 'greeter',
    recipeChange: (tree) => {
      addToGreeter(tree, 'head', EXIT);
      tree.replace('head', 'compose.yml', 'failure_action: rollback', 'failure_action: pause');
    },
    ...crashes,
  },
  {
    name: 'the very first version exits at once',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.unpublish();
      addToGreeter(tree, 'head', EXIT);
    },
    stage: 'install',
    class: 'recipe',
    code: 'E_CRASH_LOOP',
  },
  {
    name: 'the version to upgrade from exits at once',
    recipe: 'greeter',
    recipeChange: (tree) => addToGreeter(tree, 'base', EXIT),
    stage: 'upgrade',
    class: 'base',
    code: 'E_BASE_BROKEN',
  },
  {
    name: 'the head runs well for 20 seconds and exits, again and again',
    recipe: 'greeter',
    recipeChange: (tree) =>
      addToGreeter(tree, 'head', "command: ['timeout', '--signal=KILL', '20', 'python3', '/app/notes.py']"),
    // The upgrade has ended before a quick machine sees it, and not before a slow one does.
    stage: ['upgrade', 'custom'],
    class: 'recipe',
    code: 'E_ASSERTION',
  },
  {
    name: 'no registry has the image of the head',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', 'coopcloud/notes:1.1.0', ABSENT),
    stage: 'prepare',
    class: 'upstream',
    code: 'E_IMAGE_UNKNOWN',
  },
  {
    name: 'no registry has the image of the version to upgrade from any more',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('base', 'compose.yml', 'coopcloud/notes:1.0.0', ABSENT),
    stage: 'upgrade',
    class: 'base',
    code: 'E_BASE_BROKEN',
  },
  {
    name: 'a config has changed, and its version has not',
    recipe: 'custom-html',
    recipeChange: (tree) => tree.replace('head', 'abra.sh', 'v2', 'v1'),
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_CONFIG_CHANGED',
  },
  {
    name: 'the head needs a secret that nobody generates',
    recipe: 'greeter',
    recipeChange: (tree) => {
      const sample = tree.read('head', '.env.sample');
      tree.write('head', '.env.sample', `${sample}\nSECRET_API_TOKEN_VERSION=v1 # generate=false\n`);
      addToGreeter(tree, 'head', 'secrets:\n      - api_token');
      const name = '${STACK_NAME}_api_token_${SECRET_API_TOKEN_VERSION}';
      const compose = tree.read('head', 'compose.yml');
      tree.write(
        'head',
        'compose.yml',
        `${compose}\nsecrets:\n  api_token:\n    external: true\n    name: ${name}\n`,
      );
    },
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_SECRET_MISSING',
  },
  {
    name: 'the head mounts a folder that the host does not have',
    recipe: 'greeter',
    recipeChange: (tree) => addToGreeter(tree, 'head', "volumes:\n      - '/srv/no-such-folder:/data:ro'"),
    folder: reviewed('greeter', "host: { binds: ['/srv/no-such-folder'] }"),
    ...rejected,
  },
  {
    name: 'the head may only run on a kind of node that there is none of',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        '    deploy:\n',
        "    deploy:\n      placement:\n        constraints:\n          - 'node.platform.os == windows'\n",
      ),
    ...rejected,
  },
  {
    name: 'the head needs a new variable without a default, which existing installations do not set',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.replace(
        'head',
        'compose.yml',
        'environment:\n',
        'environment:\n      - NOTES_ON_PAGE=${NOTES_ON_PAGE}\n',
      );
      tree.write('head', '.env.sample', `${tree.read('head', '.env.sample')}\nNOTES_ON_PAGE=50\n`);
    },
    ...crashes,
  },
  {
    name: 'the head gives the app another password than the database has',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', '_db_password_${', '_database_password_${');
      loseHealthSoon(tree, 'compose.yml');
    },
    ...crashes,
  },
  {
    name: 'the head forgets to tell the app where its database is',
    recipe: 'notes-mariadb',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.mariadb.yml', '      DATABASE_HOST: ${STACK_NAME}_db\n', '');
      loseHealthSoon(tree, 'compose.mariadb.yml');
    },
    ...crashes,
  },
];

import type { Benign } from '../case.ts';
import { addService, addToApp, addToStack, recipeFile } from './benign-parts.ts';

const HELPER = (name: string) => `  ${name}:
    image: coopcloud/notes:1.0.0
    healthcheck:
      test: ['CMD', 'curl', '-f', 'http://localhost:8000/healthz']
      interval: 1s
      start_period: 10s
    deploy:
      update_config:
        failure_action: rollback
`;
const CHECK = "test: ['CMD', 'curl', '-f', 'http://localhost:8000/healthz']";

export const benignCompose: readonly Benign[] = [
  {
    name: 'the head has a service more',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, HELPER('cache'), 'head'),
  },
  {
    name: 'the head drops a service',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, HELPER('cache'), 'base'),
  },
  {
    name: 'the head renames a helper that keeps files, and keeps their volume',
    recipe: 'greeter',
    recipeChange: (tree) => {
      const keeper = (name: string) => `${HELPER(name)}    volumes:\n      - pages:/srv/pages\n`;
      addService(tree, `${keeper('files')}\nvolumes:\n  pages:\n`, 'base');
      addService(tree, `${keeper('storage')}\nvolumes:\n  pages:\n`, 'head');
    },
  },
  {
    name: 'the head has a volume more',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      tree.replace(
        'head',
        'compose.yml',
        '    volumes:\n',
        '    volumes:\n      - downloads:/srv/downloads\n',
      );
      tree.replace('head', 'compose.yml', '\n  content:\n', '\n  content:\n  downloads:\n');
    },
  },
  {
    name: 'the head mounts a volume somewhere else',
    recipe: 'greeter',
    recipeChange: (tree) => {
      addToApp(tree, '    volumes:\n      - pages:/srv/pages\n', 'base');
      addToApp(tree, '    volumes:\n      - pages:/srv/site/pages\n', 'head');
      addToStack(tree, 'volumes:\n  pages:\n');
    },
  },
  {
    name: 'YAML anchors, merge keys and extension keys',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.replaceInBoth(
        'compose.yml',
        'services:\n',
        'x-check: &check\n  interval: 1s\n  timeout: 5s\n  retries: 10\n  start_period: 10s\n\n' +
          'x-common: &common\n  stop_grace_period: 5s\n\nservices:\n',
      );
      tree.replaceInBoth(
        'compose.yml',
        /      interval: 1s\n      timeout[^]*?    deploy:\n/,
        '      <<: *check\n    deploy:\n',
      );
      addToApp(tree, '    <<: *common\n    x-note: read by nobody\n');
    },
  },
  {
    name: 'the head writes labels as a list that were a map',
    recipe: 'notes-postgres',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        /        backupbot\.[^]*?restore'\n/,
        [
          "        - 'backupbot.backup=${ENABLE_BACKUPS:-true}'",
          "        - 'backupbot.backup.pre-hook=/pg_backup.sh backup'",
          "        - 'backupbot.backup.volumes.db-data.path=backup.sql'",
          "        - 'backupbot.restore.post-hook=/pg_backup.sh restore'\n",
        ].join('\n'),
      ),
  },
  {
    name: 'the head has a compose file more, which the recipe folder names for it',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.write(
        'head',
        'compose.cache.yml',
        `version: '3.8'\n\nservices:\n  app:\n    environment:\n      - CACHE_HOST=\${STACK_NAME}_cache\n${HELPER('cache')}`,
      ),
    folder: {
      'recipe.ts': recipeFile(
        'greeter',
        "upgrade: { env: { COMPOSE_FILE: 'compose.yml:compose.cache.yml' } }",
      ),
    },
  },
  {
    name: 'the name of a config has as many characters as swarm takes',
    recipe: 'greeter',
    recipeChange: (tree) => {
      // The domain of a run makes a stack's name of 19 characters.
      const name = `\${STACK_NAME}_${'n'.repeat(64 - 19 - 1 - 3)}_v1`;
      tree.write('base', 'motd.txt', 'Be kind.\n');
      addToApp(tree, '    configs:\n      - source: motd\n        target: /motd.txt\n');
      addToStack(tree, `configs:\n  motd:\n    name: ${name}\n    file: motd.txt\n`);
    },
  },
  {
    name: 'the health check is one line for the shell',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth('compose.yml', CHECK, 'test: curl -f http://localhost:8000/healthz || exit 1'),
  },
  {
    name: 'the health check is a list for the shell',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'compose.yml',
        CHECK,
        "test: ['CMD-SHELL', 'curl -fs localhost:8000/healthz >/dev/null']",
      ),
  },
  {
    name: 'a helper service has no health check',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, '  helper:\n    image: coopcloud/notes:1.0.0\n'),
  },
  {
    name: 'there are limits and reservations of memory and processors',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'compose.yml',
        '    deploy:\n',
        `    deploy:
      resources:
        limits:
          cpus: '0.50'
          memory: 200M
        reservations:
          memory: 20M
`,
      ),
  },
  {
    name: 'the root file system is read-only',
    recipe: 'greeter',
    recipeChange: (tree) =>
      addToApp(tree, '    read_only: true\n    volumes:\n      - type: tmpfs\n        target: /tmp\n'),
  },
  {
    name: 'there is an internal network with an alias',
    recipe: 'notes-postgres',
    recipeChange: (tree) => {
      tree.replaceInBoth('compose.yml', '\n  internal:\n', '\n  internal:\n    internal: true\n');
      tree.replaceInBoth(
        'compose.yml',
        '    networks:\n      - internal\n',
        '    networks:\n      internal:\n        aliases:\n          - database\n',
      );
      tree.replaceInBoth('compose.yml', 'DATABASE_HOST=${STACK_NAME}_db', 'DATABASE_HOST=database');
    },
  },
  {
    name: 'there is a router for a second host of its own',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'compose.yml',
        "        - 'coop-cloud.${STACK_NAME}.version=",
        [
          "        - 'traefik.http.routers.${STACK_NAME}-admin.rule=Host(`admin.${DOMAIN}`)'",
          "        - 'traefik.http.routers.${STACK_NAME}-admin.entrypoints=web-secure'",
          "        - 'traefik.http.routers.${STACK_NAME}-admin.service=${STACK_NAME}'",
          "        - 'coop-cloud.${STACK_NAME}.version=",
        ].join('\n'),
      ),
  },
];

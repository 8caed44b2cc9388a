import type { Benign } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';
import { addService, addToApp, recipeFile } from './benign-parts.ts';

const ORDER = '        order: start-first\n';

/** Ends until the database takes a connection, as many apps do. */
const WAITS_BY_EXITING = (port: number) => `    command:
      - python3
      - -c
      - |
        import os, socket
        socket.create_connection((os.environ['DATABASE_HOST'], ${port}), 1).close()
        os.execvp('python3', ['python3', '/app/notes.py'])
`;

function startWith(shell: string): (tree: RecipeTree) => void {
  return (tree) => addToApp(tree, `    command: ['sh', '-c', '${shell}']\n`);
}

function updateWith(lines: string): (tree: RecipeTree) => void {
  return (tree) => tree.replaceInBoth('compose.yml', ORDER, lines);
}

export const benignUpdates: readonly Benign[] = [
  {
    name: 'the app answers only 8 s after its start',
    recipe: 'greeter',
    recipeChange: startWith('sleep 8 && exec python3 /app/notes.py'),
  },
  {
    name: 'the app ends until PostgreSQL answers',
    recipe: 'notes-postgres',
    recipeChange: (tree) => addToApp(tree, WAITS_BY_EXITING(5432), 'base'),
  },
  {
    name: 'updates stop the old task first',
    recipe: 'greeter',
    recipeChange: updateWith('        order: stop-first\n'),
  },
  {
    name: 'updates have a parallelism of 2 and a delay',
    recipe: 'greeter',
    recipeChange: updateWith(`${ORDER}        parallelism: 2\n        delay: 2s\n`),
  },
  {
    name: 'updates are all at once and are watched for 4 s',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.replaceInBoth(
        'compose.yml',
        '        monitor: 1s\n',
        '        monitor: 4s\n        parallelism: 0\n',
      );
    },
  },
  {
    name: 'the app has two replicas',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth('compose.yml', '    deploy:\n', '    deploy:\n      replicas: 2\n'),
  },
  {
    name: 'the head has three replicas instead of one',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('head', 'compose.yml', '    deploy:\n', '    deploy:\n      replicas: 3\n'),
  },
  {
    name: 'the app ignores SIGTERM until it is killed',
    recipe: 'greeter',
    recipeChange: startWith('trap "" TERM; python3 /app/notes.py & wait'),
  },
  {
    name: 'the app logs a lot at its start and while it runs',
    recipe: 'greeter',
    recipeChange: startWith(
      'seq 1 300000; (while sleep 0.5; do seq 1 3000; done) & exec python3 /app/notes.py',
    ),
  },
  {
    name: 'there is no TIMEOUT label',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replaceInBoth('compose.yml', /        - 'coop-cloud\S+timeout=.*\n/, ''),
  },
  {
    name: 'the TIMEOUT of the sample is an hour',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('base', '.env.sample', 'TIMEOUT=300', 'TIMEOUT=3600'),
  },
  {
    name: 'a one-shot service ends well and is not started again',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, oneShot("['sh', '-c', 'sleep 1; echo done']")),
  },
  {
    name: 'a one-shot service takes 6 s',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, oneShot("['sleep', '6']")),
  },
  {
    name: 'the one-shot service is a job of swarm',
    recipe: 'greeter',
    recipeChange: (tree) => addService(tree, JOB),
  },
  {
    name: 'the recipe folder gives the health check more time',
    recipe: 'greeter',
    folder: {
      'recipe.ts': recipeFile('greeter', 'deployTimeoutSeconds: 120'),
      'compose.ccci.yml': 'services:\n  app:\n    healthcheck:\n      start_period: 1m\n      retries: 20\n',
    },
  },
];

function oneShot(command: string): string {
  return `  setup:
    image: coopcloud/notes:1.0.0
    command: ${command}
    deploy:
      update_config:
        failure_action: rollback
      restart_policy:
        condition: none
`;
}

const JOB = `  setup:
    image: coopcloud/notes:1.0.0
    command: ['sh', '-c', 'sleep 1; echo done']
    deploy:
      mode: replicated-job
      restart_policy:
        condition: on-failure
`;

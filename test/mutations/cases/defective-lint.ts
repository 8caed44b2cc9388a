import type { Defect } from '../case.ts';

const objected = { stage: 'lint', class: 'recipe', code: 'E_LINT' } as const;

/** At the registry of the stack, which answers at once that it does not have it. */
const LOCAL = '127.0.0.1:5000/coopcloud/notes';

/** What keeps working, or fails elsewhere as well, and is against a rule of the linter. */
export const defectiveLint: readonly Defect[] = [
  {
    name: 'the app has no health check',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', / {4}healthcheck:\n(?: {6}.*\n)+/, ''),
    ...objected,
  },
  {
    name: 'an image has no tag',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', 'coopcloud/notes:1.1.0', LOCAL),
    ...objected,
  },
  {
    name: 'an image has the tag that moves',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', 'coopcloud/notes:1.1.0', `${LOCAL}:latest`),
    ...objected,
  },
  {
    name: 'a variable is used that the sample does not name',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('head', 'compose.yml', '${GREETING:-Hello}', '${SITE_TITLE}'),
    ...objected,
  },
  {
    name: 'a label of the ingress talks to a service that does not exist',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace(
        'head',
        'compose.yml',
        "        - 'coop-cloud.${STACK_NAME}.timeout",
        "        - 'traefik.http.middlewares.${STACK_NAME}-auth.forwardauth.address=http://${STACK_NAME}_auth:9000/'\n        - 'coop-cloud.${STACK_NAME}.timeout",
      ),
    ...objected,
  },
  {
    name: 'a secret has no version in the sample',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      tree.replace('head', '.env.sample', 'SECRET_DB_ROOT_PASSWORD_VERSION=v1 # length=32\n', ''),
    ...objected,
  },
];

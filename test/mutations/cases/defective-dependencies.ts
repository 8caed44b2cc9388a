import type { Results } from '../../../domain/results.ts';
import type { Defect } from '../case.ts';
import { edited } from './parts.ts';

/** The folder of keycloak with a change, as a file beside the one of the recipe under test. */
function keycloakFolder(from: string, to: string): Record<string, string> {
  const { 'recipe.ts': text = '' } = edited('recipe.ts', from, to, 'keycloak');
  return { '../keycloak/recipe.ts': text };
}

/** What does not need the provider is graded all the same, and the reason names the provider (spec ). */
function gradedWithout({ rungs, dependencies, deployCount, expectedDeploys, reason }: Results) {
  const generic = rungs.filter(({ rung }) => rung <= 3).map(({ status }) => status);
  const custom = rungs.find(({ rung }) => rung === 4)?.status;
  const seen = { generic, custom, deploys: [deployCount, expectedDeploys], dependencies, reason };
  const asExpected =
    generic.every((status) => status === 'pass') &&
    custom === 'unverified' &&
    dependencies?.[0]?.ready === false &&
    deployCount === 2 &&
    reason?.includes('keycloak') === true;
  return asExpected ? undefined : `the results say ${JSON.stringify(seen)}`;
}

/** Apps that others need, and that cannot be relied on. */
export const defectiveDependencies: readonly Defect[] = [
  {
    name: 'the Keycloak that gitea signs in through never answers as it should [R-39, R-40]',
    recipe: 'gitea',
    folder: {
      ...keycloakFolder('contains: \'"realm":"master"\'', 'contains: \'"realm":"another"\''),
    },
    stage: 'custom',
    class: 'infra',
    code: 'E_DEPENDENCY',
    also: gradedWithout,
  },
];

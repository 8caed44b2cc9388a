import type { Results } from '../../../domain/results.ts';
import type { Defect } from '../case.ts';
import { edited } from './parts.ts';

/** The folder of a Keycloak that takes another answer than it gives for being ready, and is not waited for long. */
function neverReady(): Record<string, string> {
  const { 'recipe.ts': text = '' } = edited('recipe.ts', '"realm":"master"', '"realm":"another"', 'keycloak');
  const brief = text.replace('httpTimeoutSeconds: 900', 'httpTimeoutSeconds: 20');
  if (brief === text) throw new Error('recipe.ts: nothing to shorten');
  return { '../keycloak/recipe.ts': brief };
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
    folder: neverReady(),
    stage: 'custom',
    class: 'infra',
    code: 'E_DEPENDENCY',
    also: gradedWithout,
  },
];

import type { Results } from '../../../domain/results.ts';
import type { Benign, Defect } from '../case.ts';
import type { RecipeTree } from '../recipe-tree.ts';

const FILE = 'tests/cc-ci/page.spec.ts';
const APPROVED = { '../repo-local-approved.txt': 'custom-html\n' };

/** A spec that comes with the change itself, and looks for a text on the page. */
const withSpec = (text: string) => (tree: RecipeTree) => {
  tree.write(
    'head',
    FILE,
    `import { expect, test } from '../../fixtures.ts';

test('shows its page', async ({ http }) => {
  expect((await http.get('/')).text()).toContain('${text}');
});
`,
  );
};

/** Why the results do not name this assertion of the custom stage. */
const tells =
  (name: string) =>
  ({ stages }: Results) => {
    const said = stages.find((stage) => stage.name === 'custom')?.assertions;
    return said?.some((assertion) => assertion.name === name)
      ? undefined
      : `the custom stage does not say "${name}": ${JSON.stringify(said)}`;
  };

export const benignRepositorySpecs: readonly Benign[] = [
  {
    name: 'the repository of an approved recipe brings a spec, which passes [R-36]',
    recipe: 'custom-html',
    recipeChange: withSpec('<h1>'),
    folder: APPROVED,
    also: tells('repository: spec: shows its page'),
  },
  {
    name: 'the repository of a recipe that nobody approved brings a spec that would fail [R-36]',
    recipe: 'custom-html',
    recipeChange: withSpec('a text that is nowhere'),
    also: tells('the specs of the repository itself are not run'),
  },
];

export const defectiveRepositorySpecs: readonly Defect[] = [
  {
    name: 'a spec that the change to an approved recipe brings fails [R-36]',
    recipe: 'custom-html',
    recipeChange: withSpec('a text that is nowhere'),
    folder: APPROVED,
    stage: 'custom',
    class: 'test',
    code: 'E_SPEC',
  },
];

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../../activities/support/load-recipe.ts';
import type { Defect } from '../case.ts';
import { edited, reviewed } from './parts.ts';

const uncollected = { recipe: 'custom-html', class: 'test', code: 'E_SPEC_COLLECT' } as const;
const failed = { recipe: 'custom-html', class: 'test', code: 'E_SPEC' } as const;
const unloadable = { stage: 'prepare', class: 'test', code: 'E_RECIPE_FOLDER' } as const;

const HEAD = "import { expect, test } from '../fixtures.ts';\n";

function read(file: string): string {
  return readFileSync(join(CHECKOUT, 'recipes/custom-html', file), 'utf8');
}

/** What reviewers of a recipe's folder may get wrong. */
export const defectiveSpecs: readonly Defect[] = [
  {
    ...uncollected,
    name: 'a spec file has a syntax error [F-36]',
    folder: { 'install.spec.ts': `${read('install.spec.ts')}\ntest('half', async ({ http }) => {\n` },
    stage: 'install',
  },
  {
    ...uncollected,
    name: 'a spec file has no test',
    folder: { 'install.spec.ts': HEAD },
    stage: 'install',
  },
  {
    ...uncollected,
    name: 'a spec file ends the runner well before it has run',
    folder: { 'install.spec.ts': `${read('install.spec.ts')}\nprocess.exit(0);\n` },
    stage: 'install',
  },
  {
    ...uncollected,
    name: 'a test that was to run alone has been left so',
    folder: edited('install.spec.ts', "test('shows", "test.only('shows"),
    stage: 'install',
  },
  {
    ...uncollected,
    name: 'a tracked spec file has been deleted [F-30]',
    folder: { 'upgrade.spec.ts': undefined },
    stage: 'upgrade',
  },
  {
    ...uncollected,
    name: 'a spec file is a copy of another',
    folder: { 'backup.spec.ts': read('upgrade.spec.ts') },
    stage: 'upgrade',
  },
  {
    ...uncollected,
    name: 'two tests of a stage have the same title',
    folder: edited(
      'install.spec.ts',
      'serves the same bytes whole and in ranges',
      'answers 304 to a visitor who has the current page',
    ),
    stage: 'install',
  },
  {
    ...failed,
    name: 'a spec does nothing but skip',
    folder: edited(
      'upgrade.spec.ts',
      'await expectMarkerPage',
      "test.skip(true, 'later');\n  await expectMarkerPage",
    ),
    stage: 'upgrade',
  },
  {
    ...failed,
    name: 'a spec fails',
    folder: {
      'install.spec.ts': `${HEAD}test('says hello', async ({ http }) => {\n  expect((await http.get('/')).text()).toContain('Hello');\n});\n`,
    },
    stage: 'install',
  },
  {
    ...failed,
    name: 'a spec that fails is declared to',
    folder: {
      'install.spec.ts': `${HEAD}test('says hello', async ({ http }) => {\n  test.fail();\n  expect((await http.get('/')).text()).toContain('Hello');\n});\n`,
    },
    stage: 'install',
  },
  {
    ...failed,
    name: 'a spec of the whole app fails behind the restore',
    folder: edited('custom/content.spec.ts', 'toBe(206)', 'toBe(200)'),
    stage: 'custom',
  },
  {
    name: 'a spec file belongs to no stage',
    recipe: 'greeter',
    folder: { 'instal.spec.ts': HEAD },
    ...unloadable,
  },
  {
    name: 'the definition of the recipe has a key that does not exist',
    recipe: 'greeter',
    folder: reviewed('greeter', 'heatlh: {}'),
    ...unloadable,
  },
  {
    name: 'a stage is skipped without a reason',
    recipe: 'greeter',
    folder: reviewed('greeter', "skip: { upgrade: '' }"),
    ...unloadable,
  },
  {
    name: 'the version to upgrade from is pinned to one that was never published',
    recipe: 'greeter',
    folder: reviewed('greeter', "upgrade: { base: '9.9.9+9.9.9' }"),
    stage: 'prepare',
    class: 'recipe',
    code: 'E_REF',
  },
  {
    name: "a step of the recipe's own fails",
    recipe: 'greeter',
    folder: reviewed('greeter', "before: { upgrade: async () => { throw new Error('no such user'); } }"),
    stage: 'upgrade',
    class: 'test',
    code: 'E_RECIPE_FOLDER',
  },
  {
    name: 'reading the marker answers with what was to be written',
    recipe: 'notes-postgres',
    folder: reviewed(
      'notes-postgres',
      'marker: { write: async () => {}, read: async ({ marker }) => marker, destroy: async () => {} }',
    ),
    stage: 'restore',
    class: 'harness',
    code: 'E_MARKER',
  },
  {
    name: 'the marker is never written',
    recipe: 'greeter',
    folder: reviewed(
      'greeter',
      'marker: { write: async () => {}, read: async () => undefined, destroy: async () => {} }',
    ),
    stage: 'upgrade',
    class: 'harness',
    code: 'E_MARKER',
  },
];

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecipeTag, RecipeTree } from '../../../domain/lint/recipe-tree.ts';
import { lintTree } from '../../../domain/lint/lint-tree.ts';
import { buildRecipes } from '../../fixtures/recipes/build.ts';
import { fixtureGit } from '../../fixtures/fixture-git.ts';
import { FIXTURE_APP } from '../support/examine-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { readFolder } from './recipe-text.ts';

const DATE = Date.UTC(2025, 0, 1) / 1000;
const BENIGN = join(import.meta.dirname, '../../fixtures/benign');
const appOf = (recipe: string) => ({
  role: 'app',
  recipe,
  source: `/srv/recipes/${recipe}`,
  domain: 'abcd-1a2b3c.ci.test',
  stack: 'abcd-1a2b3c_ci_test',
});

/** Errors that the fixtures deserve besides the missing health check of `app`, which all of them lack. */
const DESERVED: Readonly<Record<string, readonly string[]>> = {
  'anchors-and-extension-keys': ['CCI-BACKUP-NOTHING'],
  'labels-as-list-and-map': ['CCI-BACKUP-NOTHING', 'CCI-BACKUP-NO-RESTORE', 'CCI-ENV-UNDEFINED'],
};

describe('the rules of the linter', () => {
  it('have nothing against any version of the fixture recipes', async () => {
    const target = temporaryFolder();
    const recipes = await buildRecipes(target);
    expect(recipes.map(({ name }) => name)).toContain('custom-html');
    for (const { name, path, head, tags } of recipes) {
      let base: RecipeTree | undefined;
      const known: RecipeTag[] = [];
      for (const [tag, commit] of [...tags, ['', head] as const]) {
        const folder = join(target, `${name}-${commit}`);
        await fixtureGit(target, ['clone', '--quiet', path, folder], DATE);
        await fixtureGit(folder, ['checkout', '--quiet', commit], DATE);
        if (tag !== '') known.unshift({ tag, annotated: true });
        const tree = await readFolder(folder, known, {}, appOf(name));
        expect(tree.stack?.services).toHaveProperty('app');
        expect(lintTree(tree, base)).toEqual([]);
        base = tree;
      }
    }
  });

  it.each(readdirSync(BENIGN))('find no error in %s that it does not deserve', async (name) => {
    const tree = await readFolder(join(BENIGN, name), [], {}, FIXTURE_APP);
    expect(tree.stack).toBeDefined();
    const errors = lintTree(tree).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ id }) => id)).toEqual(['CCI-APP-HEALTH', ...(DESERVED[name] ?? [])]);
  });
});

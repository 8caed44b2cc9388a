import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantsSchema, healthSchema, recipeDefinitionSchema } from '../../../domain/recipe.ts';
import { draftFolder } from '../../../client/recipe-folder/draft.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/writing-recipe-tests.md'), 'utf8');
const KEYS = Object.keys(recipeDefinitionSchema.shape);

describe('the documentation of recipe.ts', () => {
  it.each(KEYS)('has a section about the key %s', (key) => {
    expect(DOCS).toContain(`\n### \`${key}\`\n`);
  });

  it('has a section about no other key', () => {
    const sections = [...DOCS.matchAll(/^### `(\w+)`$/gm)].map(([, key]) => key);
    expect(sections).toEqual(KEYS);
  });

  it.each([...Object.keys(grantsSchema.shape), ...Object.keys(healthSchema.shape)])(
    'names %s, which a grant or the health check has',
    (key) => {
      expect(DOCS).toContain(`\`${key}\``);
    },
  );

  it('stands in the draft of a folder too, key by key', () => {
    const draft = draftFolder('sample', [], 'https://git.example.org/sample.git').get('recipe.ts') ?? '';
    const keys = [...draft.matchAll(/^ {2}(?:\/\/ )?(\w+): /gm)].map(([, key]) => key);
    expect(keys.sort()).toEqual([...KEYS].sort());
  });
});

import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('the code', () => {
  it('never prunes images: what has just been pulled looks unused [R-71, F-68]', () => {
    const files = globSync(['{activities,worker,client}/**/*.ts', 'setup/**/*.{mjs,sh}'], { cwd: ROOT });
    expect(files.length).toBeGreaterThan(50);
    // As an argument of a command; prose may speak of it.
    expect(files.filter((file) => /['"`\s]prune['"`]|docker \w+ prune/.test(read(file)))).toEqual([]);
  });
});

describe('the unit tests of discovery', () => {
  it('name no enrolled recipe, whose folder may grow [R-37, F-28]', () => {
    const enrolled = readdirSync(join(ROOT, 'recipes'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(enrolled).toContain('custom-html');
    const source = read('test/unit/recipes/load-recipe.test.ts');
    expect(enrolled.filter((name) => source.includes(`'${name}'`))).toEqual([]);
  });
});

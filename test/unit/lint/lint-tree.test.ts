import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintFindingSchema } from '../../../domain/lint/finding.ts';
import { LINT_RULES, lintTree } from '../../../domain/lint/lint-tree.ts';
import { composeOf, recipeTree } from './recipe-text.ts';

const DOCS = join(import.meta.dirname, '../../../docs/lint.md');

describe('docs/lint.md', () => {
  it('describes exactly the rules that there are, in their words', () => {
    const rows = readFileSync(DOCS, 'utf8')
      .split('\n')
      .map((line) =>
        line
          .replaceAll('\\', '')
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .filter(([id = '']) => /^(CCI-|R\d)/.test(id));
    expect(rows).toEqual(LINT_RULES.map(({ id, severity, what, remedy }) => [id, severity, what, remedy]));
  });

  it('names each rule once', () => {
    const ids = LINT_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the findings of a recipe', () => {
  it('are at most 100, errors first, short enough for one payload', async () => {
    const long = 'n'.repeat(300);
    const services = Array.from({ length: 150 }, (_, index) => `  s${index}:\n    image: ${long}${index}\n`);
    const findings = lintTree(await recipeTree({ compose: composeOf(services.join('')) }));
    expect(findings).toHaveLength(100);
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['error']));
    for (const finding of findings) expect(lintFindingSchema.parse(finding).message.length).toBeLessThan(210);
    expect(JSON.stringify(findings).length).toBeLessThan(60_000);
  });

  it('put errors before warnings', async () => {
    const tree = await recipeTree({
      compose: 'services:\n  cache:\n    image: redis\n  app:\n    image: nginx:1\n',
    });
    const severities = lintTree(tree).map(({ severity }) => severity);
    expect(severities).toEqual([...severities].sort());
    expect(new Set(severities).size).toBe(2);
  });

  it('are found in what can be read when the recipe cannot be rendered', async () => {
    const tree = await recipeTree({ compose: "version: '3.8'\nservices:\n  app: {}\n  app: {}\n" });
    expect(tree.stack).toBeUndefined();
    expect(lintTree(tree).map(({ id }) => id)).toEqual(['CCI-YAML-DUPLICATE']);
  });
});

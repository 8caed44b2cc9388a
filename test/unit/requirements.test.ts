import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const REQUIRED = [
  ...['R-01', 'R-04', 'R-08', 'R-09', 'R-34', 'R-37', 'R-46', 'R-47', 'R-48', 'R-49', 'R-50', 'R-56', 'R-57'],
  ...['R-59', 'R-60', 'R-61', 'R-62', 'R-64', 'R-65', 'R-68', 'R-69', 'R-71', 'R-78', 'R-79', 'R-80'],
  ...['H-01', 'H-02', 'H-03', 'H-04', 'H-06', 'H-08', 'H-09', 'H-10', 'H-11', 'H-16', 'H-17', 'H-20', 'H-23'],
];

/** The ids at the end of the titles in a file, one list per title: `… [R-47]'`, `… [R-09, R-80]'`. */
function idsOfTitles(source: string): string[][] {
  const ends = source.matchAll(/((?:\[[A-Z]-\d+(?:,? ?[A-Z]-\d+)*\] ?)+)(?=['"`])/g);
  return [...ends].map(([end]) => end.match(/[A-Z]-\d+/g) ?? []);
}

const files = globSync('test/**/*.test.ts', { cwd: ROOT, exclude: ['test/unit/requirements.test.ts'] });
const titles = files.flatMap((file) =>
  idsOfTitles(readFileSync(join(ROOT, file), 'utf8')).map((ids) => ({ file, ids })),
);

const rows = readFileSync(join(ROOT, 'docs', 'requirements.md'), 'utf8')
  .split('\n')
  .map((line) => /^\| ([A-Z]-\d+) \| ([^|]+) \|([^|]*)\|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, id = '', rule = '', tests = '']) => ({
    id,
    rule,
    files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }));

describe('the rules', () => {
  it('have exactly one row each in docs/requirements.md', () => {
    expect(rows.map(({ id }) => id)).toEqual(REQUIRED);
  });

  it.each(REQUIRED)('include %s, which the tests named for it carry in a title', (id) => {
    const row = rows.find((candidate) => candidate.id === id);
    expect(row?.files).not.toEqual([]);
    const carrying = new Set(titles.filter(({ ids }) => ids.includes(id)).map(({ file }) => file));
    expect(row?.files.filter((file) => !carrying.has(file))).toEqual([]);
  });

  it('are carried at most two by one title', () => {
    expect(titles.filter(({ ids }) => ids.length > 2)).toEqual([]);
    expect(idsOfTitles("it('is too much [R-01, R-02, R-03]', f)")).toEqual([['R-01', 'R-02', 'R-03']]);
  });
});

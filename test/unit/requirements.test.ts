import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const REQUIRED = `
R-01 R-02 R-03 R-04 R-05 R-06 R-07 R-08 R-09 R-10 R-12 R-13 R-14 R-15 R-16 R-17 R-18 R-19
R-20 R-21 R-22 R-23 R-24 R-25 R-26 R-27 R-28 R-29 R-30 R-31 R-32 R-33 R-34 R-35 R-36 R-37
R-38 R-39 R-40 R-41 R-42 R-43 R-44 R-45 R-46 R-47 R-48 R-49 R-50 R-51 R-52 R-53 R-54 R-55
R-56 R-57 R-58 R-59 R-60 R-61 R-62 R-63 R-64 R-65 R-68 R-69 R-70 R-71 R-73 R-74 R-75 R-76
R-77 R-78 R-79 R-80 H-01 H-02 H-03 H-04 H-05 H-06 H-07 H-08 H-09 H-10 H-11 H-12 H-13 H-14
H-15 H-16 H-17 H-18 H-19 H-20 H-22 H-23 H-24 F-01 F-02 F-03 F-04 F-05 F-06 F-07 F-08 F-13
F-14 F-16 F-17 F-18 F-24 F-25 F-26 F-27 F-28 F-29 F-30 F-31 F-32 F-33 F-34 F-35 F-36 F-37
F-38 F-39 F-41 F-42 F-43 F-44 F-45 F-46 F-47 F-48 F-49 F-50 F-51 F-52 F-53 F-54 F-55 F-56
F-57 F-58 F-59 F-60 F-62 F-63 F-64 F-65 F-66 F-67 F-68 F-69 F-70 F-71 F-72 F-73 F-74 F-75
F-76 F-77 F-78 F-84 O-01 O-11 O-29 O-31 O-34 O-35 O-36 O-37 O-46 O-47 O-49 O-59`
  .trim()
  .split(/\s+/);

/** The ids at the end of the titles in a file, one list per title: `… [R-47]'`, `… [R-09, R-80]'`. */
function idsOfTitles(source: string): string[][] {
  const ends = source.matchAll(/((?:\[[A-Z]-\d+(?:,? ?[A-Z]-\d+)*\] ?)+)(?=['"`])/g);
  return [...ends].map(([end]) => end.match(/[A-Z]-\d+/g) ?? []);
}

const files = globSync(['test/**/*.test.ts', 'test/mutations/cases/*.ts'], {
  cwd: ROOT,
  exclude: ['test/unit/requirements.test.ts'],
});
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

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, parsePage, readPages, ROOT, targetsOf } from './markdown.ts';

const pages = readPages();
const byFile = new Map(pages.map((page) => [page.file, page]));

/**
 * Pages outside of this repository that may be linked: front pages and manuals that are known to stay. No test fetches
 * them, because tests run without network.
 */
const OUTSIDE = new Set([
  'https://coopcloud.tech',
  'https://docs.coopcloud.tech',
  'https://temporal.io',
  'https://docs.temporal.io',
  'https://playwright.dev/docs/writing-tests',
  'https://no-color.org',
  'https://github.com/YunoHost/package_check',
  'https://github.com/YunoHost/yunorunner',
  'https://github.com/helm/chart-testing',
  'https://kyverno.github.io/chainsaw',
  'https://github.com/truenas/apps',
  'https://docs.cloudron.io',
]);

const isOutside = (target: string) => /^[a-z][a-z0-9+.-]*:/i.test(target);

/** Why a link of a page leads nowhere; undefined when it does. */
function faultOf(file: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const found = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
  if (found.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(ROOT, found))) return 'there is no such file';
  if (anchor === undefined) return undefined;
  const page = byFile.get(found);
  if (!page) return 'an anchor into what is no page';
  return anchorsOf(page).has(anchor) ? undefined : 'there is no such heading';
}

describe('the documentation', () => {
  it('is found', () => {
    expect([...byFile.keys()]).toEqual(
      expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/README.md', 'docs/tutorial.md']),
    );
  });

  it.each(pages.map((page) => [page.file, page] as const))('%s links to what exists', (file, page) => {
    const faults = targetsOf(page)
      .filter(({ target }) => !isOutside(target))
      .map(({ target }) => [target, faultOf(file, target)] as const)
      .filter(([, fault]) => fault !== undefined);
    expect(faults).toEqual([]);
  });

  it('links outside only to the pages that are listed here', () => {
    const outside = pages.flatMap((page) => targetsOf(page).map(({ target }) => target)).filter(isOutside);
    expect(outside.length).toBeGreaterThan(2);
    expect(outside.filter((target) => !OUTSIDE.has(target.replace(/\/$/, '')))).toEqual([]);
  });

  it('shows every picture that it keeps, and each has a text in its place', () => {
    const shown = pages.flatMap((page) =>
      targetsOf(page)
        .filter(({ isImage, target }) => isImage && !isOutside(target))
        .map(({ target }) => normalize(join(dirname(page.file), target))),
    );
    const kept = readdirSync(join(ROOT, 'docs/images')).map((name) => `docs/images/${name}`);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.filter((image) => !shown.includes(image))).toEqual([]);
    for (const { prose } of pages) expect(prose).not.toMatch(/!\[\s*\]\(/);
  });

  it('is listed as a whole in docs/README.md', () => {
    const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
    const unlisted = [...byFile.keys()]
      .filter((file) => file.startsWith('docs/') && file !== 'docs/README.md')
      .filter((file) => !index.includes(`](${file.slice('docs/'.length)})`));
    expect(unlisted).toEqual([]);
  });
});

describe('a link', () => {
  it.each([
    ['docs/README.md', 'tutorial.md#6-break-it-and-read-why', undefined],
    ['docs/README.md', '#pictures', undefined],
    ['README.md', 'docs/adr/', undefined],
    ['docs/README.md', 'docs/tutorial.md', 'there is no such file'],
    ['README.md', 'docs/tutorial.md#7-dance', 'there is no such heading'],
    ['README.md', '../elsewhere/README.md', 'leads out of the repository'],
    ['README.md', 'package.json#name', 'an anchor into what is no page'],
  ])('of %s to %s: %s', (file, target, fault) => {
    expect(faultOf(file, target)).toBe(fault);
  });
});

describe('a page', () => {
  const page = parsePage(
    'page.md',
    '# A `b`: c!\n\n## Same\n## Same\n\n[x](y.md#z) ![p](q.png) `[no](code.md)`\n\n```sh run\nls # [no](block.md)\n```\n',
  );

  it('has the anchors that GitHub gives it', () => {
    expect([...anchorsOf(page)]).toEqual(['a-b-c', 'same', 'same-1']);
  });

  it('has links outside of its code only', () => {
    expect(targetsOf(page)).toEqual([
      { target: 'y.md#z', isImage: false },
      { target: 'q.png', isImage: true },
    ]);
  });

  it('has blocks with language and words', () => {
    expect(page.blocks).toMatchObject([{ line: 8, language: 'sh', words: ['run'] }]);
  });
});

import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

const FAULTLESS = composeOf(faultlessApp());

describe('CCI-YAML-DUPLICATE', () => {
  it('fires on a key that is given twice in one map', async () => {
    const compose = composeOf(`${faultlessApp()}    image: nginx:1.29.0\n`);
    expect(await lint({ compose })).toEqual(['CCI-YAML-DUPLICATE compose.yml:10']);
  });

  it('does not fire on several merge keys, or the same key in different maps', async () => {
    const anchors = 'x-a: &a\n  working_dir: /a\nx-b: &b\n  user: b\n';
    const compose = composeOf(faultlessApp('    <<: *a\n    <<: *b\n')).replace(
      'services:',
      `${anchors}services:`,
    );
    expect(await lint({ compose }, 'CCI-YAML-DUPLICATE')).toEqual([]);
  });
});

describe('CCI-RELEASE-NOTE', () => {
  const tags = ['1.2.0+1.28.0', '1.1.0+1.27.0'].map((tag) => ({ tag, annotated: true }));

  it('fires when the newest version has no note', async () => {
    const files = { 'release/1.1.0+1.27.0': 'x\n', 'release/next': 'x\n' };
    expect(await lint({ compose: FAULTLESS, tags, files })).toEqual([
      'CCI-RELEASE-NOTE release/1.2.0+1.28.0:1',
    ]);
  });

  it('does not fire when only an older version has none, or nothing has been released', async () => {
    expect(await lint({ compose: FAULTLESS, tags, files: { 'release/1.2.0+1.28.0': 'x\n' } })).toEqual([]);
    expect(await lint({ compose: FAULTLESS })).toEqual([]);
  });
});

describe('CCI-OWN-TESTS', () => {
  it.each(['custom/login.spec.ts', 'tests/test_login.py', 'e2e/login.js', 'page.test.mjs'])(
    'says that %s is not run [R-36]',
    async (file) => {
      expect(await lint({ compose: FAULTLESS, files: { [file]: 'x\n' } })).toEqual([
        `CCI-OWN-TESTS ${file}:1`,
      ]);
    },
  );

  it('does not take other files for tests', async () => {
    const files = { 'conf/contest/x.ts': 'x\n', 'latest/nginx.conf': 'x\n', 'specs.md': 'x\n' };
    expect(await lint({ compose: FAULTLESS, files })).toEqual([]);
  });
});

describe('R001', () => {
  it.each([
    ['', 'compose.yml:1'],
    ["\nversion: '3.7'\n", 'compose.yml:2'],
  ])('fires when the files say %j', async (version, place) => {
    const compose = FAULTLESS.replace("version: '3.8'\n", version);
    expect(await lint({ compose })).toEqual([`R001 ${place}`]);
  });

  it('does not fire when an overlay does not repeat the version', async () => {
    const sample = 'COMPOSE_FILE=compose.yml:compose.more.yml\n';
    const files = { 'compose.more.yml': 'services:\n  app:\n    user: nginx\n' };
    expect(await lint({ compose: FAULTLESS, sample, files })).toEqual([]);
  });
});

describe('R014', () => {
  const files = { 'release/1.4.0+1': 'x\n' };
  const tags = (annotated: readonly boolean[]) =>
    annotated.map((one, index) => ({ tag: `1.${4 - index}.0+1`, annotated: one }));

  it('fires once, and names the first three lightweight tags', async () => {
    const recipe = { compose: FAULTLESS, files, tags: tags([true, false, false, false, false]) };
    expect(await lint(recipe)).toEqual(['R014 refs/tags/1.3.0+1:1']);
  });

  it('does not fire on annotated tags', async () => {
    expect(await lint({ compose: FAULTLESS, files, tags: tags([true, true]) })).toEqual([]);
  });
});

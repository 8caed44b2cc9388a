import { describe, expect, it } from 'vitest';
import { lintTree } from '../../../domain/lint/lint-tree.ts';
import { FIXTURE_APP } from '../support/examine-fixture.ts';
import { composeOf, faultlessApp, lint, places, recipeTree } from './recipe-text.ts';

const MOUNTED = '    secrets: [token]\n';

function withSecret(length: number): string {
  const name = 'n'.repeat(length - FIXTURE_APP.stack.length - 1);
  return composeOf(
    faultlessApp(MOUNTED),
    `secrets:\n  token:\n    external: true\n    name: \${STACK_NAME}_${name}\n`,
  );
}

describe('CCI-NAME-LENGTH', () => {
  it('fires above 64 characters, at the name', async () => {
    expect(await lint({ compose: withSecret(65) })).toEqual(['CCI-NAME-LENGTH compose.yml:14']);
  });

  it('counts the stack for an object without a name of its own', async () => {
    const key = 'n'.repeat(64 - FIXTURE_APP.stack.length);
    const compose = composeOf(
      faultlessApp(`    configs: [${key}]\n`),
      `configs:\n  ${key}:\n    file: a.conf\n`,
    );
    expect(await lint({ compose, files: { 'a.conf': '' } })).toEqual(['CCI-NAME-LENGTH compose.yml:12']);
  });
});

describe('CCI-NAME-LENGTH-LONG', () => {
  // The budget behind a domain of 40 characters is 24, the underscore included.
  const AT_LIMIT = FIXTURE_APP.stack.length + 24;

  it('fires on what fits a run, but not a long domain', async () => {
    expect(await lint({ compose: withSecret(AT_LIMIT + 1) })).toEqual([
      'CCI-NAME-LENGTH-LONG compose.yml:14',
    ]);
  });

  it('does not fire on what fits both', async () => {
    expect(await lint({ compose: withSecret(AT_LIMIT) })).toEqual([]);
  });
});

describe('CCI-CONFIG-VERSION', () => {
  const version = (text: string, of: string) =>
    recipeTree({
      compose: composeOf(
        faultlessApp('    configs: [conf]\n'),
        'configs:\n  conf:\n    name: ${STACK_NAME}_conf_${CONF_VERSION}\n    file: a.conf\n',
      ),
      files: { 'a.conf': text, 'abra.sh': `export CONF_VERSION=${of}\n` },
    });

  it('fires when the file changes under the same name', async () => {
    const findings = lintTree(await version('two', 'v1'), await version('one', 'v1'));
    expect(places(findings)).toEqual(['CCI-CONFIG-VERSION compose.yml:13']);
    expect(findings[0]?.message).toContain('a.conf');
  });

  it('does not fire when the version was raised, nothing has changed, or there is no version before', async () => {
    const [one, two] = [await version('one', 'v1'), await version('two', 'v2')];
    expect(lintTree(two, one)).toEqual([]);
    expect(lintTree(one, one)).toEqual([]);
    expect(lintTree(await version('two', 'v1'))).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import { check, resolveConfig } from 'prettier';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildRecipes } from '../fixtures/recipes/build.ts';
import { temporaryFolder } from '../unit/support/temporary-folder.ts';
import { runCli } from '../unit/client/cli-process.ts';

const ROOT = join(import.meta.dirname, '../..');
/** All that the command line is made of. */
const PARTS = [
  ...['bin', 'client', 'codec', 'domain', 'activities', 'workflows', 'recipes'],
  ...['package.json', 'tsconfig.json', 'eslint.config.js', '.prettierrc.json'],
];

describe('the verbs for recipe folders', () => {
  // A copy, so that nothing is written into the clone under test.
  let clone: string;
  let sources: string;
  beforeAll(async () => {
    clone = temporaryFolder();
    for (const part of PARTS) {
      try {
        cpSync(join(ROOT, part), join(clone, part), { recursive: true });
      } catch (error) {
        if (!part.startsWith('.')) throw error;
      }
    }
    mkdirSync(join(clone, 'test'));
    cpSync(join(ROOT, 'test/tools'), join(clone, 'test/tools'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    execFileSync('git', ['init', '--quiet', clone]);
    execFileSync('git', ['-C', clone, 'add', 'recipes']);
    sources = temporaryFolder();
    await buildRecipes(sources);
  }, 60_000);
  afterEach(() => {
    rmSync(join(clone, 'recipes/press'), { recursive: true, force: true });
  });

  const cli = (...args: string[]) =>
    runCli(args, {
      cwd: sources,
      launcher: join(clone, 'bin/cc-ci'),
      env: { CCI_RECIPE_SOURCE: '/nowhere' },
    });
  const init = (...args: string[]) =>
    cli('recipe', 'init', 'press', '--source', join(sources, 'notes-mariadb'), ...args);
  const put = (file: string, text: string) => {
    const path = join(clone, 'recipes/press', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const read = (file: string) => readFileSync(join(clone, 'recipes/press', file), 'utf8');

  it.each([
    [['recipes', '--help'], 'every recipe with a folder'],
    [['recipe', '--help'], 'cc-ci recipe check my-app'],
    [['recipe', 'init', '--help'], '--from ../my-app/compose.yml --force'],
    [['recipe', 'check', '--help'], 'cc-ci recipe check custom-html'],
  ])('explain themselves with examples: %j', async (args, example) => {
    const { code, stdout } = await cli(...args);
    expect([code, stdout]).toEqual([0, expect.stringContaining(example)]);
  });

  it('`recipe init` writes a folder from all compose files that the sample names, which is right as it is', async () => {
    const { code, stdout, stderr } = await init();
    expect([code, stderr]).toEqual([0, expect.stringContaining('db: mariadb:10.11.13; MariaDB or MySQL;')]);
    const files = [
      'recipe.ts',
      'install.spec.ts',
      'custom/browser.spec.ts',
      'custom/unknown-address.spec.ts',
    ];
    expect(stdout).toBe(files.map((file) => `wrote recipes/press/${file}\n`).join(''));
    const style = await resolveConfig(join(ROOT, 'recipes/custom-html/recipe.ts'));
    for (const file of files) {
      expect([file, await check(read(file), { ...style, parser: 'typescript' })]).toEqual([file, true]);
    }
    const [linted] = await new ESLint({ cwd: clone }).lintFiles(['recipes/press']);
    expect(linted?.messages).toEqual([]);

    const checked = await cli('recipe', 'check', 'press', '--json');
    expect(JSON.parse(checked.stdout)).toMatchObject({
      ok: true,
      typesChecked: true,
      specs: {
        install: ['install.spec.ts'],
        custom: ['custom/browser.spec.ts', 'custom/unknown-address.spec.ts'],
      },
      untracked: [...files].sort(),
    });
    expect(checked.code).toBe(0);
  }, 60_000);

  it('`recipe init` replaces nothing without --force, and with it only the files that it writes', async () => {
    put('recipe.ts', 'mine');
    put('helper.ts', 'mine too');
    const refused = await init();
    expect([refused.code, refused.stderr, read('recipe.ts')]).toEqual([
      2,
      expect.stringMatching(/^cc-ci: recipes\/press is there already\. --force replaces [^\n]+\n$/),
      'mine',
    ]);
    expect((await init('--force', '--json')).code).toBe(0);
    expect(read('recipe.ts')).toContain("name: 'press'");
    expect(read('helper.ts')).toBe('mine too');
  });

  it('`recipe init --from` reads one compose file, and names file and line of a broken one', async () => {
    writeFileSync(join(sources, 'one.yml'), 'services:\n  web:\n    image: nginx:1.29.1\n');
    const { code, stdout } = await cli('recipe', 'init', 'press', '--from', 'one.yml', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ services: [{ name: 'web', isPublic: false }] });
    rmSync(join(clone, 'recipes/press'), { recursive: true });
    writeFileSync(join(sources, 'bad.yml'), 'services:\n  web: [1\n');
    const broken = await cli('recipe', 'init', 'press', '--from', 'bad.yml');
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringMatching(/^cc-ci: bad\.yml:\d .*\n$/)]);
  });

  it.each([
    [['recipe', 'init', '../x'], '"../x" is not a recipe name'],
    [['recipe', 'init', 'press', '--source', 'none'], 'there is no such folder'],
    [['recipe', 'init', 'press', '--source', 'a', '--from', 'b'], 'exclude each other'],
    [['recipe', 'init', 'press', '--from', 'none.yml'], 'there is no none.yml'],
    [['recipe', 'check', 'press'], 'there is no folder recipes/press'],
  ])('refuse %j with one line, and leave nothing behind', async (args, cause) => {
    const { code, stderr, stdout } = await cli(...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^cc-ci: [^\n]+\n$/)]);
    expect(stderr).toContain(cause);
    expect(() => read('recipe.ts')).toThrow('ENOENT');
  });

  it('`recipe check` names file and line of what does not fit the types', async () => {
    put(
      'recipe.ts',
      `import { defineRecipe } from '../define.ts';\n\nexport const recipe = defineRecipe({ name: 'press' });\n`,
    );
    put(
      'install.spec.ts',
      `import { test } from '../fixtures.ts';\n\ntest('x', async ({ htpp }) => htpp);\n`,
    );
    const { code, stdout } = await cli('recipe', 'check', 'press');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^recipes\/press\/install\.spec\.ts:3: .*htpp/m),
    ]);
  }, 60_000);

  it.each([
    [`helth: {}`, /recipes\/press\/recipe\.ts:5: .*helth/],
    [`health: { status: 'ok' }`, /recipes\/press\/recipe\.ts:5: health\.status: /],
    [`health: {{`, /recipes\/press\/recipe\.ts:5: /],
  ])('tell file and line of a malformed recipe.ts in one line: %s', async (key, fault) => {
    put(
      'recipe.ts',
      `import { defineRecipe } from '../define.ts';\n\nexport const recipe = defineRecipe({\n  name: 'press',\n  ${key},\n});\n`,
    );
    const checked = await cli('recipe', 'check', 'press');
    expect([checked.code, checked.stdout, checked.stderr]).toEqual([2, '', expect.stringMatching(fault)]);
    expect(checked.stderr.trimEnd()).not.toContain('\n');
    const listed = await cli('recipes');
    expect([listed.code, listed.stdout]).toEqual([1, expect.stringMatching(fault)]);
    expect(listed.stdout).toMatch(/^custom-html +specs: /m);
  });

  it('`recipes` lists what each folder brings, for programs too', async () => {
    put(
      'recipe.ts',
      `import { defineRecipe } from '../define.ts';\nexport const recipe = defineRecipe({
      name: 'press', upgrade: { base: '1.0.0+1' }, skip: { restore: 'there is no way to read it' },
      before: { backup: async () => {} }, host: { ports: ['1/udp'] } });`,
    );
    put('compose.ccci.yml', 'services: {}\n');
    const { code, stdout } = await cli('recipes', '--json');
    expect(code).toBe(0);
    const { recipes } = JSON.parse(stdout) as { recipes: { name: string }[] };
    const named = (name: string) => recipes.find((recipe) => recipe.name === name);
    expect(named('custom-html')).toMatchObject({ marker: true, specs: { install: ['install.spec.ts'] } });
    expect(named('press')).toEqual({
      name: 'press',
      specs: {},
      base: '1.0.0+1',
      marker: false,
      before: ['backup'],
      skips: [{ stage: 'restore', reason: 'there is no way to read it' }],
      overlay: true,
      grants: ['ports'],
    });
    expect((await cli('recipes')).stdout).toMatch(
      /^press +no specs; upgrades from 1\.0\.0\+1; steps before backup; skips restore \(.*\); overlay; 1 grant: ports$/m,
    );
  });
});

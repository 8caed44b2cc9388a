import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, loadRecipe } from '../../../activities/support/load-recipe.ts';

const LOADER = join(import.meta.dirname, '../../../activities/support/load-recipe.ts');
const DEFINE = join(import.meta.dirname, '../../../recipes/define.ts');
let checkout: string;
let recipes: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'cc-ci-recipes-'));
  recipes = join(checkout, 'recipes');
});
afterAll(() => rm(checkout, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(recipes, name)), { recursive: true });
    await writeFile(join(recipes, name), text);
  }
}

function define(body: string): string {
  return `import { defineRecipe } from ${JSON.stringify(DEFINE)};\nexport const recipe = defineRecipe(${body});\n`;
}

describe('loadRecipe', () => {
  it('gives a recipe without a folder the generic definition and no specs [H-23]', async () => {
    const loaded = await loadRecipe('unknown-app', checkout);
    expect(loaded).toMatchObject({ folder: undefined, specs: [] });
    expect(loaded.definition).toMatchObject({ name: 'unknown-app', health: { path: '/' }, ready: [] });
    expect(loaded.definition.health.status).toEqual(expect.arrayContaining([200, 204]));
  });

  it('fills in defaults for what a definition leaves out', async () => {
    await write({ 'site-a/recipe.ts': define(`{ name: 'site-a', health: { contains: 'hi' } }`) });
    const { definition, folder } = await loadRecipe('site-a', checkout);
    expect(definition.health).toEqual({ path: '/', status: [200], contains: 'hi' });
    expect(definition.deployTimeoutSeconds).toBe(900);
    expect(folder).toBe(join(recipes, 'site-a'));
  });

  it('finds specs by stage, those of custom in folders of any depth [H-23, R-31]', async () => {
    await write({
      'site-b/custom/b.spec.ts': '',
      'site-b/custom/deep/er/a.spec.ts': '',
      'site-b/install.spec.ts': '',
      'site-b/helper.ts': '',
    });
    const { specs, specFiles } = await loadRecipe('site-b', checkout);
    expect(specs).toEqual(['install', 'custom']);
    expect(specFiles.get('install')).toEqual(['site-b/install.spec.ts']);
    expect(specFiles.get('custom')).toEqual(['site-b/custom/b.spec.ts', 'site-b/custom/deep/er/a.spec.ts']);
  });

  it.each([
    ['an unknown key', `{ name: 'NAME', helth: {} }`, /recipe\.ts:2: .*helth/],
    ['a wrong type', `{ name: 'NAME', health: { status: 'ok' } }`, /recipe\.ts:2: health\.status: /],
    [
      'a wrong type deep inside',
      `{ name: 'NAME', ready: [{ kind: 'tcp', service: 'a', port: '1' }] }`,
      /ready\.0\.port: /,
    ],
    [
      'a marker that cannot be destroyed',
      `{ name: 'NAME', marker: { write: async () => {}, read: async () => undefined } }`,
      /recipe\.ts:2: marker: must have the functions write, read and destroy/,
    ],
    [
      'a step that is no function',
      `{ name: 'NAME', before: { upgrade: 'sleep 5' } }`,
      /recipe\.ts:2: before\.upgrade: must be a function/,
    ],
    [
      'the name of another folder',
      `{ name: 'somebody-else' }`,
      /name: is somebody-else, but the folder is called/,
    ],
  ])('refuses %s, naming file and key', async (what, body, message) => {
    const name = `bad-${what.replaceAll(' ', '-')}`;
    await write({ [`${name}/recipe.ts`]: define(body.replace('NAME', name)) });
    await expect(loadRecipe(name, checkout)).rejects.toMatchObject({ code: 'E_RECIPE_FOLDER' });
    await expect(loadRecipe(name, checkout)).rejects.toThrow(message);
  });

  it.each(['', 'later'])(
    'asks for a reason where a stage is skipped: "%s" is none [R-33, F-33]',
    async (reason) => {
      const name = `skips-${reason || 'silently'}`;
      await write({ [`${name}/recipe.ts`]: define(`{ name: '${name}', skip: { custom: '${reason}' } }`) });
      await expect(loadRecipe(name, checkout)).rejects.toThrow(/recipe\.ts:2: skip\.custom: /);
    },
  );

  it('keeps the reason of a skip for the results, and lets nobody skip install or lint [F-38]', async () => {
    const reason = 'the app has no data of its own';
    await write({ 'site-c/recipe.ts': define(`{ name: 'site-c', skip: { backup: '${reason}' } }`) });
    expect((await loadRecipe('site-c', checkout)).definition.skip).toEqual({ backup: reason });
    await write({ 'site-d/recipe.ts': define(`{ name: 'site-d', skip: { install: '${reason}' } }`) });
    await expect(loadRecipe('site-d', checkout)).rejects.toThrow(/skip/);
  });

  it.each([
    ['does not export a recipe', 'export const other = 1;\n', /recipe\.ts:1: recipe: /],
    ['cannot be imported', "import 'no-such-module-at-all';\n", /recipe\.ts:1: .*no-such-module-at-all/],
  ])('refuses a file that %s', async (what, text, message) => {
    const name = `file-${what.replaceAll(' ', '-')}`;
    await write({ [`${name}/recipe.ts`]: text });
    await expect(loadRecipe(name, checkout)).rejects.toThrow(message);
  });

  it('says on which line of which file a key or a mistake is', async () => {
    const text = define(`{
  name: 'site-f',
  // backup: a word about it
  health: { path: '/' },
  backup: {
    verify: [],
    attempts: 9,
  },
}`);
    await write({ 'site-f/recipe.ts': text });
    await expect(loadRecipe('site-f', checkout)).rejects.toThrow(/site-f\/recipe\.ts:8: backup\.attempts: /);
  });

  it('reads a definition and what it imports anew when they have changed', async () => {
    const text = `import { path } from './path.ts';\n${define(`{ name: 'site-g', health: { path } }`)}`;
    await write({ 'site-g/recipe.ts': text, 'site-g/path.ts': `export const path = '/one';\n` });
    // In a process of its own: what the tests run in resolves modules in its own way.
    const script = `
      const { loadRecipe } = await import(${JSON.stringify(LOADER)});
      const { writeFileSync } = await import('node:fs');
      const look = async () => (await loadRecipe('site-g', process.argv[1])).definition;
      const first = await look();
      writeFileSync(process.argv[2], "export const path = '/two';");
      console.log(first.health.path, (await look()).health.path);`;
    const argv = ['--input-type=module', '--eval', script, checkout, join(recipes, 'site-g/path.ts')];
    const { stdout } = await promisify(execFile)(process.execPath, argv);
    expect(stdout).toBe('/one /two\n');
  });

  it.each(['instal.spec.ts', 'install/page.spec.ts', 'page.spec.ts'])(
    'refuses a spec that no stage would run: %s',
    async (file) => {
      const name = `stray-${file.replace(/\W/g, '-')}`;
      await write({ [`${name}/${file}`]: '' });
      await expect(loadRecipe(name, checkout)).rejects.toThrow(`${file}: belongs to no stage`);
    },
  );

  it('refuses a name that is a path', async () => {
    await expect(loadRecipe('../outside', checkout)).rejects.toThrow(/lower-case letters/);
  });

  it('loads every recipe that is enrolled, by the name of its folder [O-34]', async () => {
    const entries = await readdir(join(CHECKOUT, 'recipes'), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect((await loadRecipe(name)).definition.name).toBe(name);
  });
});

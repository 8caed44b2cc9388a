import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildRecipes, type FixtureRecipe } from '../../fixtures/recipes/build.ts';

const exec = promisify(execFile);
const BUILDER = join(import.meta.dirname, '../../fixtures/recipes/build.ts');
const composeSchema = z.object({
  services: z.object({
    app: z.object({ image: z.string(), deploy: z.object({ labels: z.array(z.string()) }) }),
  }),
});

let folder: string;
let recipe: FixtureRecipe;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-recipes-'));
  recipe = await built(join(folder, 'first'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function built(target: string): Promise<FixtureRecipe> {
  const found = (await buildRecipes(target)).find(({ name }) => name === 'custom-html');
  if (!found) throw new Error('custom-html was not built');
  return found;
}

async function git(...args: string[]): Promise<string> {
  return (await exec('git', ['-C', recipe.path, ...args])).stdout;
}

async function compose(ref: string) {
  return composeSchema.parse(parse(await git('show', `${ref}:compose.yml`))).services.app;
}

describe('the fixture recipe custom-html', () => {
  it('has the same commits wherever and by whomever it is built', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    await writeFile(
      join(home, '.gitconfig'),
      '[user]\nname = Other\n[core]\nautocrlf = true\n[tag]\ngpgSign = true\n',
    );
    const target = join(folder, 'second');
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      TZ: 'Asia/Kathmandu',
      GIT_AUTHOR_NAME: 'Other',
      LANG: 'C',
    };
    const { stdout } = await exec(process.execPath, [BUILDER, target], { env });
    expect(stdout).toContain(`${join(target, 'custom-html')} ${recipe.head}\n`);
    const tags = await exec('git', ['-C', join(target, 'custom-html'), 'show-ref', '--tags']);
    expect(tags.stdout).toBe(await git('show-ref', '--tags'));
  });

  it('is left alone when it is there already, and replaced when it differs', async () => {
    const inode = async () => (await stat(recipe.path)).ino;
    const before = await inode();
    expect(await built(join(folder, 'first'))).toEqual(recipe);
    expect(await inode()).toBe(before);
    await git('tag', 'stray');
    expect(await built(join(folder, 'first'))).toEqual(recipe);
    expect(await git('tag', '--list', 'stray')).toBe('');
    expect(await readdir(join(folder, 'first'))).toEqual(['custom-html']);
  });

  it('has annotated version tags and an untagged head that follows them', async () => {
    expect([...recipe.tags.keys()]).toEqual(['1.10.0+1.28.0', '1.11.0+1.29.0']);
    for (const [tag, commit] of recipe.tags) {
      expect((await git('cat-file', '-t', tag)).trim()).toBe('tag');
      expect((await git('rev-parse', `${tag}^{commit}`)).trim()).toBe(commit);
    }
    expect((await git('tag', '--points-at', 'main')).trim()).toBe('');
    expect((await git('describe', 'main')).trim()).toMatch(/^1\.11\.0\+1\.29\.0-1-g/);
    expect(await git('status', '--porcelain')).toBe('');
  });

  it.each([
    ['1.10.0+1.28.0', 'nginx:1.28.0', '1.10.0+1.28.0'],
    ['1.11.0+1.29.0', 'nginx:1.29.0', '1.11.0+1.29.0'],
    ['main', 'nginx:1.29.1', '1.12.0+1.29.1'],
  ])('names at %s the image %s and the version %s', async (ref, image, version) => {
    const app = await compose(ref);
    expect(app.image).toBe(image);
    expect(app.deploy.labels).toContain(`coop-cloud.\${STACK_NAME}.version=${version}`);
  });

  it('raises the version of the config it changes', async () => {
    const changed = (await git('diff', '--name-only', '1.11.0+1.29.0', 'main')).trim().split('\n');
    expect(changed).toEqual(expect.arrayContaining(['abra.sh', 'compose.yml', 'nginx.conf']));
    expect(await git('show', '1.11.0+1.29.0:abra.sh')).toBe('export NGINX_DEFAULT_CONF_VERSION=v1\n');
    expect(await readFile(join(recipe.path, 'abra.sh'), 'utf8')).toBe(
      'export NGINX_DEFAULT_CONF_VERSION=v2\n',
    );
  });
});

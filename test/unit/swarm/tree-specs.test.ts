import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listTreeSpecs, readTreeSpecs } from '../../../activities/platform/swarm/isolation/tree-specs.ts';
import { isApproved } from '../../../activities/support/repository-specs.ts';

let folder: string;
let tree: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cci-tree-'));
  tree = join(folder, 'tree');
  await write('tree/compose.yml', 'services: {}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

describe('specs that a repository brings', () => {
  it('are found with the modules beside them, and nowhere else', async () => {
    await write('tree/tests/cc-ci/deep/a.spec.ts', 'a');
    await write('tree/tests/cc-ci/words.ts', 'w');
    await write('tree/tests/cc-ci/run.sh', 's');
    await write('tree/tests/other.spec.ts', 'o');
    await write('tree/custom/b.spec.ts', 'b');
    expect(await listTreeSpecs(tree)).toEqual(['tests/cc-ci/deep/a.spec.ts']);
    expect(await readTreeSpecs(tree)).toEqual({
      files: new Map([
        ['deep/a.spec.ts', 'a'],
        ['words.ts', 'w'],
      ]),
    });
  });

  it('are none in a repository without the folder', async () => {
    expect(await listTreeSpecs(tree)).toEqual([]);
    expect(await readTreeSpecs(tree)).toEqual({ files: new Map() });
  });

  it.each(['tests', 'tests/cc-ci'])(
    'are none behind a link at %s that leaves the repository [R-36]',
    async (link) => {
      await write('outside/cc-ci/secret.spec.ts', 'outside');
      await write('outside/secret.spec.ts', 'outside');
      await mkdir(dirname(join(tree, link)), { recursive: true });
      await symlink(join(folder, 'outside'), join(tree, link));
      expect(await listTreeSpecs(tree)).toEqual([]);
      expect(await readTreeSpecs(tree)).toEqual({ files: new Map() });
    },
  );

  it('are refused as a whole when one is a link to a file of the host [R-36]', async () => {
    await write('outside.ts', 'outside');
    await write('tree/tests/cc-ci/a.spec.ts', 'a');
    await symlink(join(folder, 'outside.ts'), join(tree, 'tests/cc-ci/b.spec.ts'));
    expect(await readTreeSpecs(tree)).toEqual({
      files: new Map(),
      fault: 'tests/cc-ci/b.spec.ts does not lie inside the recipe',
    });
  });

  it('are refused when there are too many', async () => {
    for (let index = 0; index <= 100; index++) await write(`tree/tests/cc-ci/${index}.spec.ts`, 'a');
    expect(await readTreeSpecs(tree)).toMatchObject({ fault: 'more than 100 files below tests/cc-ci' });
  });
});

describe('the list of approved recipes', () => {
  it('approves what it names, without comments, and nobody else [R-36]', async () => {
    await write('recipes/repo-local-approved.txt', '# press\nghost\n  gitea # since 2026\n\n');
    expect(await isApproved('ghost', folder)).toBe(true);
    expect(await isApproved('gitea', folder)).toBe(true);
    for (const name of ['press', 'since', 'gho', '#', '']) expect(await isApproved(name, folder)).toBe(false);
  });

  it('approves nobody as it is shipped [R-36]', async () => {
    for (const name of ['custom-html', 'keycloak', 'gitea', 'matrix-synapse', 'tiny'])
      expect(await isApproved(name)).toBe(false);
  });
});

import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkOut,
  fetchMirror,
  hasCommit,
  mirrorOf,
  tagsBefore,
} from '../../../activities/platform/swarm/git.ts';
import { versionsAt } from '../../../activities/platform/swarm/version-tags.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { createRunner } from '../../../activities/support/run-command.ts';
import { makeCertificates, startHttpsServer } from '../../fixtures/https-server.ts';
import { makeRecipe } from '../../fixtures/make-recipe.ts';

let root: string;
let operation: Operation;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cci-git-'));
  const signal = new AbortController().signal;
  const plain = { redact: (text: string) => text, log: () => undefined, signal };
  operation = {
    ...plain,
    environment: { id: '', runId: '', instance: '', host: '', apps: [] },
    hide: () => undefined,
    progress: () => undefined,
    run: createRunner({ ...plain, scratch: join(root, 'scratch') }),
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const recipe = () =>
  makeRecipe(join(root, 'recipe'), [
    { files: { 'compose.yml': 'one\n' }, tags: ['1.9.0+1.0', 'not-a-version'] },
    { files: { 'compose.yml': 'two\n', 'run.sh': '#!/bin/sh\n' }, tags: ['1.10.0+0.9'] },
    { files: { 'compose.yml': 'three\n' } },
  ]);

async function fetched() {
  const { path, commits } = await recipe();
  const mirror = mirrorOf(join(root, 'cache'), path);
  await fetchMirror(operation, mirror, commits[2] ?? '');
  return { mirror, commits, path };
}

describe('the mirror of a recipe', () => {
  it('finds the version before a head by number, and the one a commit has itself', async () => {
    const { mirror, commits } = await fetched();
    const at = async (index: number) => {
      const commit = commits[index] ?? '';
      const { own, previous } = versionsAt(commit, await tagsBefore(operation, mirror, commit));
      return [own?.tag, previous?.tag];
    };
    expect(await at(2)).toEqual([undefined, '1.10.0+0.9']);
    expect(await at(1)).toEqual(['1.10.0+0.9', '1.9.0+1.0']);
    expect(await at(0)).toEqual(['1.9.0+1.0', undefined]);
  });

  it('checks out a commit with its files and modes and nothing else, once [F-29]', async () => {
    const { mirror, commits } = await fetched();
    const folder = join(root, 'trees', commits[1] ?? '');
    const checkingOut = [1, 2, 3].map(() => checkOut(operation, mirror, commits[1] ?? '', folder));
    await Promise.all(checkingOut);
    expect((await readdir(folder)).sort()).toEqual(['compose.yml', 'run.sh']);
    expect(await readFile(join(folder, 'compose.yml'), 'utf8')).toBe('two\n');
    expect(await readdir(join(root, 'trees'))).toEqual([commits[1]]);
  });

  it('is fetched by several at once, and again after one was killed that held locks', async () => {
    const { path, commits } = await recipe();
    const mirror = mirrorOf(join(root, 'cache'), path);
    await Promise.all([1, 2, 3].map(() => fetchMirror(operation, mirror, commits[2] ?? '')));
    await writeFile(join(mirror.folder, 'packed-refs.lock'), '');
    await mkdir(join(mirror.folder, 'refs/heads'), { recursive: true });
    await writeFile(join(mirror.folder, 'refs/heads/main.lock'), '');
    const { commits: more } = await makeRecipe(join(root, 'recipe'), [
      { files: { 'compose.yml': 'four\n' } },
    ]);
    await fetchMirror(operation, mirror, more[0] ?? '');
    expect(await hasCommit(operation, mirror, more[0] ?? '')).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)('reads a repository that belongs to another user', async () => {
    const { path, commits } = await recipe();
    for (const name of ['', '.git']) await chown(join(path, name), 65534, 65534);
    const mirror = mirrorOf(join(root, 'cache'), path);
    await fetchMirror(operation, mirror, commits[2] ?? '');
    expect(await hasCommit(operation, mirror, commits[0] ?? '')).toBe(true);
  });

  it('runs no hook and no filter of the recipe', async () => {
    const evil = join(root, 'evil');
    const { path, commits } = await makeRecipe(join(root, 'recipe'), [
      { files: { '.gitattributes': '* filter=evil\n', 'compose.yml': 'x\n' } },
    ]);
    await mkdir(join(path, '.git/hooks'), { recursive: true });
    for (const hook of ['pre-upload', 'post-checkout', 'reference-transaction']) {
      await writeFile(join(path, '.git/hooks', hook), `#!/bin/sh\ntouch ${evil}\n`, { mode: 0o755 });
    }
    await writeFile(join(path, '.git/config'), `[filter "evil"]\n\tsmudge = touch ${evil}\n`, { flag: 'a' });
    const mirror = mirrorOf(join(root, 'cache'), path);
    await fetchMirror(operation, mirror, commits[0] ?? '');
    await checkOut(operation, mirror, commits[0] ?? '', join(root, 'tree'));
    expect(existsSync(evil)).toBe(false);
  });

  it.each(['ext::sh -c true', 'ssh://host/recipe', 'http://host/recipe', '-uoption', '../relative'])(
    'is not made of %s',
    (source) => {
      expect(() => mirrorOf(join(root, 'cache'), source)).toThrow(expect.objectContaining({ code: 'E_REF' }));
    },
  );

  it('does not take a URL with a password, and does not repeat it', () => {
    const make = () => mirrorOf(join(root, 'cache'), 'https://me:hunter2@host/recipe.git');
    expect(make).toThrow(expect.objectContaining({ code: 'E_REF' }));
    expect(make).not.toThrow(/hunter2/);
  });

  it('tells a repository or commit that is not there from one that cannot be reached', async () => {
    const { path } = await recipe();
    const commit = '0'.repeat(39) + '1';
    const fetchFrom = (source: string) =>
      fetchMirror(operation, mirrorOf(join(root, 'cache'), source), commit);
    await expect(fetchFrom(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'E_REF' });
    await expect(fetchFrom(path)).rejects.toMatchObject({ code: 'E_REF' });
    await expect(fetchFrom('https://127.0.0.1:9/recipe.git')).rejects.toMatchObject({ code: 'E_COMMAND' });
  });

  it.each([
    ['404 page not found\n', 'E_COMMAND'],
    ['Repository not found.\n', 'E_REF'],
  ])('takes a 404 that says %j of a forge for %s [F-74, R-75]', async (body, code) => {
    const certificates = await makeCertificates(['localhost']);
    await using server = await startHttpsServer(certificates, (_request, response) =>
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(body),
    );
    const ca = join(root, 'ca.pem');
    await writeFile(ca, certificates.ca);
    const trusting: Operation = {
      ...operation,
      run: (argv, options) =>
        operation.run(argv, { ...options, env: { ...options.env, GIT_SSL_CAINFO: ca } }),
    };
    const mirror = mirrorOf(join(root, 'cache'), `https://localhost:${server.ingress.port}/a/recipe.git`);
    await expect(fetchMirror(trusting, mirror, 'a'.repeat(40))).rejects.toMatchObject({ code });
    expect(server.seen).toContainEqual(expect.stringMatching(/^GET .*\/a\/recipe\.git\/info\/refs/));
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refSchema, resolveRef } from '../../../client/resolve-ref.ts';
import type { Source } from '../../../client/source.ts';
import { makeTrunkRepository, type TrunkRepository } from '../support/trunk-repository.ts';

const ENVIRONMENT = { PATH: process.env['PATH'] };

describe('resolving a reference', () => {
  let folder: string;
  let source: Source;
  let first: string;
  let second: string;

  let git: TrunkRepository['git'];

  beforeAll(() => {
    ({ folder, git, first, second } = makeTrunkRepository());
    source = { kind: 'path', location: folder };
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('pins HEAD by default and calls it by its branch [R-09, R-80]', async () => {
    expect(await resolveRef(source, undefined, ENVIRONMENT)).toEqual({ commit: second, name: 'trunk' });
  });

  it('pins an annotated tag to its commit, not to the tag object', async () => {
    const pinned = await resolveRef(source, '1.0.0+2.3.4', ENVIRONMENT);
    expect(pinned).toEqual({ commit: first, name: '1.0.0+2.3.4' });
  });

  it('stays with the commit when the branch moves on', async () => {
    const pinned = await resolveRef(source, 'trunk', ENVIRONMENT);
    git('commit', '--quiet', '--allow-empty', '--message', 'third');
    expect(pinned.commit).toBe(second);
    git('reset', '--quiet', '--hard', second);
  });

  it('completes an abbreviated commit', async () => {
    expect((await resolveRef(source, first.slice(0, 8), ENVIRONMENT)).commit).toBe(first);
  });

  it('takes a full commit as it is, without asking anybody', async () => {
    const nowhere: Source = { kind: 'url', location: 'https://127.0.0.1:1/r.git' };
    expect(await resolveRef(nowhere, first, ENVIRONMENT)).toEqual({ commit: first, name: first.slice(0, 7) });
  });

  it('says that a reference is unknown, as wrong usage', async () => {
    await expect(resolveRef(source, 'no-such', ENVIRONMENT)).rejects.toMatchObject({
      message: expect.stringContaining('no branch, tag or tip "no-such"') as string,
      exitCode: 2,
    });
  });

  it.each([undefined, 'main'])('says that a repository has no commits when asked for %s', async (ref) => {
    const location = mkdtempSync(join(tmpdir(), 'unborn-'));
    execFileSync('git', ['init', '--quiet', location]);
    await expect(resolveRef({ kind: 'path', location }, ref, ENVIRONMENT)).rejects.toMatchObject({
      message: `E_REF: the repository ${location} has no commits`,
      remedy: 'Commit the recipe there first',
      exitCode: 2,
    });
    rmSync(location, { recursive: true });
  });

  it('says that a folder is no repository, as wrong usage', async () => {
    const empty: Source = { kind: 'path', location: mkdtempSync(join(tmpdir(), 'empty-')) };
    await expect(resolveRef(empty, undefined, ENVIRONMENT)).rejects.toMatchObject({ exitCode: 2 });
    rmSync(empty.location, { recursive: true });
  });

  it('blames the network and not the request when the repository cannot be reached', async () => {
    const nowhere: Source = { kind: 'url', location: 'http://127.0.0.1:1/r.git' };
    await expect(resolveRef(nowhere, undefined, ENVIRONMENT)).rejects.toMatchObject({ exitCode: 3 });
  });

  it.each(['-x', '--upload-pack=id', 'a..b', 'HEAD^', 'a b', 'a@{1}', 'x.lock', 'a//b', 'a/', '$(id)', ''])(
    'does not take "%s" for a reference',
    (ref) => {
      expect(refSchema.safeParse(ref).success).toBe(false);
    },
  );

  it.each(['main', 'feature/x-1', '1.11.0+1.29.0', 'refs/pull/7/head', 'v2'])(
    'takes "%s" for a reference',
    (ref) => {
      expect(refSchema.safeParse(ref).success).toBe(true);
    },
  );
});

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { snapshotWorkTree } from '../../../client/work-tree.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeTrunkRepository, type TrunkRepository } from '../support/trunk-repository.ts';

describe('the snapshot of a work tree', () => {
  let repository: TrunkRepository;
  let home: string;
  beforeEach(() => {
    repository = makeTrunkRepository();
    home = temporaryFolder();
    write('compose.yml', 'one\n');
    write('old.conf', 'old\n');
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--message', 'files');
    return () => rmSync(repository.folder, { recursive: true });
  });

  const write = (file: string, text: string) => writeFileSync(join(repository.folder, file), text);
  const shot = (folder = repository.folder) =>
    snapshotWorkTree({ kind: 'path', location: folder }, { PATH: process.env['PATH'], HOME: home });
  const filesOf = (commit: string) => repository.git('ls-tree', '-r', '--name-only', commit).split('\n');

  /** What a snapshot must leave alone; the index byte by byte. */
  const state = () => ({
    index: readFileSync(join(repository.folder, '.git/index'), 'base64'),
    refs: repository.git('for-each-ref'),
    head: readFileSync(join(repository.folder, '.git/HEAD'), 'utf8'),
  });

  it('holds changed, new and removed files as they lie there, upon HEAD', async () => {
    write('compose.yml', 'two\n');
    write('new.conf', 'new\n');
    rmSync(join(repository.folder, 'old.conf'));
    const { commit = '', name } = (await shot()) ?? {};
    expect(name).toBe('trunk+U');
    expect(filesOf(commit)).toEqual(['compose.yml', 'new.conf']);
    expect(repository.git('show', `${commit}:compose.yml`)).toBe('two');
    expect(repository.git('rev-parse', `${commit}^`)).toBe(repository.git('rev-parse', 'HEAD'));
    expect(repository.git('describe', '--tags', commit)).toMatch(/^1\.0\.0\+2\.3\.4-3-g/);
  });

  it('is there only when something differs', async () => {
    expect(await shot()).toBeUndefined();
    write('compose.yml', 'two\n');
    expect(await shot()).toBeDefined();
    write('compose.yml', 'one\n');
    expect(await shot()).toBeUndefined();
  });

  it('leaves index, branch, references and files alone, staged changes among them', async () => {
    write('compose.yml', 'staged\n');
    repository.git('add', 'compose.yml');
    write('compose.yml', 'later\n');
    const before = state();
    const { commit } = (await shot()) ?? {};
    expect(state()).toEqual(before);
    expect(readFileSync(join(repository.folder, 'compose.yml'), 'utf8')).toBe('later\n');
    expect(repository.git('show', `${commit}:compose.yml`)).toBe('later');
  });

  it('is the same commit for the same changes, and another for others', async () => {
    write('compose.yml', 'two\n');
    const first = await shot();
    expect(await shot()).toEqual(first);
    write('compose.yml', 'three\n');
    expect((await shot())?.commit).not.toBe(first?.commit);
  });

  it('leaves out what the repository or its user ignores', async () => {
    write('.gitignore', 'secret.env\n');
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--message', 'ignore');
    mkdirSync(join(home, 'conf'));
    writeFileSync(join(home, 'conf/ignore'), '*.swp\n');
    writeFileSync(join(home, '.gitconfig'), '[core]\n\texcludesFile = ~/conf/ignore\n');
    write('secret.env', 'x');
    write('compose.yml.swp', 'x');
    expect(await shot()).toBeUndefined();
  });

  it('starts no hook, filter or monitor that the repository names', async () => {
    const trace = join(home, 'started');
    const program = join(home, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${trace}\ncat\n`);
    chmodSync(program, 0o755);
    for (const hook of ['post-index-change', 'pre-commit', 'reference-transaction']) {
      execFileSync('cp', [program, join(repository.folder, '.git/hooks', hook)]);
    }
    repository.git('config', 'filter.run.clean', program);
    repository.git('config', 'filter.run.required', 'true');
    repository.git('config', 'core.fsmonitor', program);
    repository.git('config', 'log.showSignature', 'true');
    repository.git('config', 'gpg.program', program);
    write('.gitattributes', '*.yml filter=run\n');
    write('compose.yml', 'two\n');
    rmSync(trace, { force: true });
    const { commit } = (await shot()) ?? {};
    expect(existsSync(trace)).toBe(false);
    const content = execFileSync('git', [
      '-C',
      repository.folder,
      'cat-file',
      'blob',
      `${commit}:compose.yml`,
    ]);
    expect(content.toString()).toBe('two\n');
  });

  it('can be fetched from the repository although no reference leads to it', async () => {
    write('compose.yml', 'two\n');
    const { commit = '' } = (await shot()) ?? {};
    const mirror = join(home, 'mirror.git');
    execFileSync('git', ['init', '--quiet', '--bare', mirror]);
    execFileSync('git', [
      ...['--git-dir', mirror, 'fetch', '--quiet', '--', repository.folder],
      `+${commit}:refs/pinned/${commit}`,
    ]);
    expect(execFileSync('git', ['--git-dir', mirror, 'cat-file', '-t', commit]).toString()).toBe('commit\n');
  });

  it('is not made of a bare repository, a folder below a work tree, or where nothing was committed', async () => {
    const bare = join(home, 'bare.git');
    execFileSync('git', ['clone', '--quiet', '--bare', repository.folder, bare]);
    mkdirSync(join(repository.folder, 'below'));
    write('below/a', 'x');
    const empty = join(home, 'empty');
    execFileSync('git', ['init', '--quiet', empty]);
    writeFileSync(join(empty, 'a'), 'x');
    expect([await shot(bare), await shot(join(repository.folder, 'below')), await shot(empty)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('fails with cause and remedy when the changes cannot be recorded', async () => {
    write('compose.yml', 'two\n');
    // Files where git would make folders for new objects: what a full or foreign disk comes to, also for root.
    repository.git('repack', '--quiet', '-a', '-d');
    for (let byte = 0; byte < 256; byte += 1) {
      const place = join(repository.folder, '.git/objects', byte.toString(16).padStart(2, '0'));
      rmSync(place, { recursive: true, force: true });
      writeFileSync(place, '');
    }
    await expect(shot()).rejects.toMatchObject({
      message: expect.stringMatching(/uncommitted changes in .* cannot be recorded \(.*unable to create/),
      remedy: expect.stringContaining('--ref HEAD'),
    });
  });
});

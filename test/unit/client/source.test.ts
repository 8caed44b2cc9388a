import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSource } from '../../../client/source.ts';

describe('the source of a recipe', () => {
  let folder: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sample-')));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the template with the name of the recipe', () => {
    expect(parseSource('https://git.example.org/{recipe}.git', 'sample', '/')).toEqual({
      kind: 'url',
      location: 'https://git.example.org/sample.git',
    });
  });

  it.each([
    ['an absolute path', () => folder],
    ['a relative path', () => '.'],
    ['a file URL', () => `file://${folder}`],
  ])('is a folder given as %s', (_name, text) => {
    expect(parseSource(text(), 'sample', folder)).toEqual({ kind: 'path', location: folder });
  });

  it('may be plain http on this machine only', () => {
    expect(parseSource('http://127.0.0.1:3000/r.git', 'r', '/').kind).toBe('url');
    expect(() => parseSource('http://git.example.org/r.git', 'r', '/')).toThrow('http: is not allowed');
  });

  it.each([
    'ext::sh -c id',
    'ssh://git.example.org/r.git',
    'git@git.example.org:r.git',
    'git.example.org:r.git',
    'fd::7',
    '--upload-pack=id',
    '/nowhere/to/be/found',
  ])('is refused when it is %s', (text) => {
    expect(() => parseSource(text, 'sample', folder)).toThrow('cannot be used');
  });

  it('is refused with user info, which is not repeated', () => {
    const url = 'https://someone:canary-2b@git.example.org/r.git';
    expect(() => parseSource(url, 'r', '/')).toThrow(/holds user info(?!.*canary)/);
  });

  it.each(['https://token@git.example.org/r.git', 'http://me:pw@127.0.0.1/r.git'])(
    'is refused with any user info in %s, for it may be a token',
    (url) => {
      expect(() => parseSource(url, 'r', '/')).toThrow('holds user info');
    },
  );

  it.each(['ssh://git@git.example.org/r.git', 'git@git.example.org:r.git'])(
    'is refused as ssh, and not for its user, when it is %s',
    (text) => {
      expect(() => parseSource(text, 'r', '/')).toThrow(/git\.example\.org.*ssh is not allowed; use https/);
    },
  );

  it.each([
    'ssh://git:canary-2b@git.example.org/r.git',
    'git:canary-2b@git.example.org:r.git',
    'ftp://git:canary-2b@git.example.org/r.git',
    'https://git:canary-2b@git.example.org:port/r.git',
  ])('is never repeated with a password, as in %s', (text) => {
    expect(() => parseSource(text, 'r', '/')).toThrow(/^(?!.*canary).*git\.example\.org/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile, serialiseEnv, setEnvValues } from '../../../domain/env-file.ts';

const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter((name) => name !== '__proto__');
// Written files are UTF-8, so lone surrogates cannot occur; neither can NUL, which no environment holds.
const value = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'));
const values = fc.dictionary(key, value, { noNullPrototype: true });

describe('an env file', () => {
  it.each([
    ['a plain value', 'A=b', { A: 'b' }],
    ['an export', 'export A=b', { A: 'b' }],
    ['an empty value', 'A=\nB=', { A: '', B: '' }],
    ['an empty value with a comment', 'A= # none', { A: '' }],
    ['a comment behind a value', 'A=v1   # length=64', { A: 'v1' }],
    ['a hash inside a value', 'A=b#c', { A: 'b#c' }],
    ['a hash inside quotes', `A="b # c"\nB='d # e' # f`, { A: 'b # c', B: 'd # e' }],
    ['single quotes, literally', `A='$B \\n'`, { A: '$B \\n' }],
    ['escapes in double quotes', String.raw`A="a\nb\"c\\d\$e"`, { A: 'a\nb"c\\d$e' }],
    ['a value over several lines', `A="one\ntwo"\nB=3`, { A: 'one\ntwo', B: '3' }],
    ['an equals sign in a value', 'A=b=c', { A: 'b=c' }],
    ['CRLF and a byte order mark', '\uFEFFA=b\r\nB="c"\r\n', { A: 'b', B: 'c' }],
    [
      'COMPOSE_FILE appended',
      'F="a.yml"\nF="$F:b.yml"\n#F="$F:c.yml"\nF=${F}:d.yml',
      { F: 'a.yml:b.yml:d.yml' },
    ],
    ['an unknown variable as nothing', 'A=x$HOME-${PATH}y', { A: 'x-y' }],
    ['a dollar sign of a value not twice', `A='$B'\nB=1\nC="$A"`, { A: '$B', B: '1', C: '$B' }],
    ['extra domains', "A=', `www.example.com`'", { A: ', `www.example.com`' }],
    ['an IPv6 address', 'A=[::1]:80', { A: '[::1]:80' }],
  ])('is read with %s', (_name, text, expected) => {
    const parsed = parseEnvFile(text);
    expect(parsed.values).toEqual(expected);
    expect(parsed.faults).toEqual([]);
  });

  it('tells on which line an assignment stands and what its comment says', () => {
    const { entries } = parseEnvFile('# head\nA="x\ny"\n\nSECRET_T_VERSION=v1 # length=64 charset=hex\n');
    expect(entries.map(({ key: name, line, comment }) => [name, line, comment])).toEqual([
      ['A', 2, ''],
      ['SECRET_T_VERSION', 5, 'length=64 charset=hex'],
    ]);
  });

  it.each([
    ['a line that is none', 'A=1\nrun this\nB=2', 2],
    ['a quote that is not closed', 'A=1\nB="open\nC=2', 2],
    ['text behind a quote', `A='a'b`, 1],
  ])('names the line of %s, and still reads the others', (_name, text, line) => {
    expect(parseEnvFile(text).faults.map((fault) => fault.line)).toEqual([line]);
    expect(parseEnvFile(`${text}\nZ=9`).values).toMatchObject({ Z: '9' });
  });

  it('is read back as it was written, whatever the values', () => {
    fc.assert(
      fc.property(values, (map) => {
        expect(parseEnvFile(serialiseEnv(map))).toMatchObject({ values: map, faults: [] });
      }),
    );
  });

  it('holds what was set in it and what was there before', () => {
    fc.assert(
      fc.property(values, values, (before, set) => {
        const text = setEnvValues(serialiseEnv(before), set);
        expect(parseEnvFile(text).values).toEqual({ ...before, ...set });
      }),
    );
  });

  it('keeps comments and other lines when a value is set [H-11]', () => {
    const text = '# head\nA=1 # why\n#B=off\nC="x\ny"\nD=4';
    expect(setEnvValues(text, { A: 'a b', C: 'z', E: '5' })).toBe(
      "# head\nA='a b' # why\n#B=off\nC=z\nD=4\nE=5\n",
    );
  });

  it('replaces the last of several assignments, so that the ones above still build up', () => {
    const text = setEnvValues('F=a.yml\nF="$F:b.yml"\n', { F: 'c.yml' });
    expect(text).toBe('F=a.yml\nF=c.yml\n');
  });
});

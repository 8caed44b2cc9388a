import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeStackSchema } from '../../../domain/compose.ts';
import { parseEnvFile } from '../../../domain/env-file.ts';
import {
  CHARSETS,
  generateSecret,
  secretModifiers,
  secretSpecs,
  type Charset,
} from '../../../domain/secrets.ts';

const stack = composeStackSchema.parse({
  services: {
    app: {
      image: 'a',
      secrets: [{ source: 'db' }, { source: 'foo_bar' }, { source: 'plc' }, { source: 'file' }],
    },
    db: { image: 'b', secrets: [{ source: 'db' }] },
  },
  secrets: {
    db: { external: true, name: 's_db_password_v1' },
    foo_bar: { external: true, name: 's_foo_bar_v2' },
    plc: { external: true, name: 's_plc_key_v1' },
    unused: { external: true, name: 's_unused_v1' },
    file: { file: '/x', name: 's_file_v1' },
  },
});
const { entries } = parseEnvFile(
  'SECRET_DB_PASSWORD_VERSION=v1\nSECRET_FOO_BAR_VERSION=v2 # length=64 charset=hex\nSECRET_PLC_KEY_VERSION=v1 # generate=false\n',
);

describe('the secrets of an app', () => {
  it('are those its services mount, with the modifiers of the sample [R-65]', () => {
    expect(secretSpecs(stack, 's', entries)).toEqual([
      {
        name: 'db_password',
        version: 'v1',
        swarmName: 's_db_password_v1',
        length: 40,
        charsets: ['default'],
        generate: true,
      },
      {
        name: 'foo_bar',
        version: 'v2',
        swarmName: 's_foo_bar_v2',
        length: 64,
        charsets: ['hex'],
        generate: true,
      },
      {
        name: 'plc_key',
        version: 'v1',
        swarmName: 's_plc_key_v1',
        length: 40,
        charsets: ['default'],
        generate: false,
      },
    ]);
  });

  it.each(['length=0', 'length=many', 'length=5000', 'charset=emoji'])('are refused with %s', (modifier) => {
    const parsed = parseEnvFile(`A=1\nSECRET_X_VERSION=v1 # ${modifier}`);
    expect(secretModifiers(parsed.entries).faults.map(({ line }) => line)).toEqual([2]);
  });

  it('have the length and the characters asked for', () => {
    const names = Object.keys(CHARSETS).filter((name): name is Charset => name in CHARSETS);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.subarray(names, { minLength: 1 }),
        (length, charsets) => {
          const value = generateSecret({ length, charsets }, randomBytes);
          const alphabet = charsets.map((name) => CHARSETS[name]).join('');
          expect(value).toHaveLength(length);
          expect(Array.from(value).every((sign) => alphabet.includes(sign))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leave out random bytes that would favour some characters', () => {
    // 62 letters and digits: 248 is the first byte that does not count.
    const bytes = [
      [248, 255, 61, 0],
      [62, 1],
    ].map((list) => Uint8Array.from(list));
    const value = generateSecret({ length: 4, charsets: ['alnum'] }, () => bytes.shift() ?? new Uint8Array());
    expect(value).toBe('9AAB');
  });
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeysError, parseKeys, readKeys } from '../../../codec/keys.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('the key file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-keys-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is read with its active key', () => {
    const path = join(folder, 'keys.json');
    writeFileSync(path, JSON.stringify({ active: 'k1', keys: { k1: KEY } }), { mode: 0o600 });
    const ring = readKeys(path);
    expect(ring.active).toBe('k1');
    expect(ring.keys.get('k1')).toEqual(Buffer.alloc(32, 7));
  });

  it('is refused when others can read it', () => {
    const path = join(folder, 'keys.json');
    writeFileSync(path, JSON.stringify({ active: 'k1', keys: { k1: KEY } }));
    chmodSync(path, 0o640);
    expect(() => readKeys(path)).toThrow('chmod 600');
  });

  it('is named when it is missing', () => {
    expect(() => readKeys(join(folder, 'none.json'))).toThrow(/none\.json cannot be read/);
  });

  it.each([
    ['no JSON', `{"active": "${KEY}"`, 'is not JSON'],
    ['an unknown active key', { active: 'k2', keys: { k1: KEY } }, 'active key is not among the keys'],
    ['a short key', { active: 'k1', keys: { k1: 'c2hvcnQ=' } }, 'keys.k1: a key is the base64 of 32 bytes'],
    ['text that is not base64', { active: 'k1', keys: { k1: '***' } }, 'keys.k1'],
    ['a bad key id', { active: 'a b', keys: { 'a b': KEY } }, 'keys.a b: Invalid key'],
    ['an unknown field', { active: 'k1', keys: { k1: KEY }, more: 1 }, 'more'],
    ['no keys', { active: 'k1' }, 'keys'],
  ])('is refused with %s, without quoting a key', (_name, content, fault) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    let message = '';
    try {
      parseKeys(text, 'keys.json');
    } catch (error) {
      expect(error).toBeInstanceOf(KeysError);
      message = String(error);
    }
    expect(message).toContain(fault);
    expect(message).not.toContain(KEY);
  });
});

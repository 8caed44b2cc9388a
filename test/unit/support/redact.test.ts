import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRedactor, loadRedactor } from '../../../activities/support/redact.ts';

const SECRET = `p/w+d="ö?'&x\\y`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a secret is hidden [H-20]', () => {
  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ password: SECRET })],
    ['in JSON inside JSON', JSON.stringify({ body: JSON.stringify({ password: SECRET }) })],
    ['in a URL', `https://host/?p=${encodeURIComponent(SECRET)}`],
    ['in a form', new URLSearchParams({ p: SECRET }).toString()],
    ['in a URL with small escapes', encodeURIComponent(SECRET).toLowerCase()],
    ['in base64', base64(SECRET)],
    ['in base64 with a newline', base64(`${SECRET}\n`)],
    ['in the header of a login', `Basic ${base64(`admin:${SECRET}`)}`],
    ['in base64url', Buffer.from(`ab${SECRET}`).toString('base64url')],
  ])('%s', (_, text) => {
    const { redact } = createRedactor([SECRET]);
    const shown = redact(`before ${text} after`);
    expect(shown).toContain('[redacted]');
    expect(shown.startsWith('before ')).toBe(true);
    expect(shown.endsWith(' after')).toBe(true);
    const core = base64(SECRET).slice(4, 12);
    for (const piece of ['p/w', 'p%2F', 'p%2f', core, core.replace('+', '-')])
      expect(shown).not.toContain(piece);
  });

  it('line by line when it has several', () => {
    const key = '-----BEGIN KEY-----\nMIIBVAIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n';
    const { redact } = createRedactor([key]);
    expect(key.trim().split('\n').map(redact)).toEqual(Array.from({ length: 4 }, () => '[redacted]'));
    expect(redact(JSON.stringify({ key }))).not.toContain('MIIB');
    const wrapped = base64(key).match(/.{1,76}/g) ?? [];
    expect(wrapped.length).toBeGreaterThan(1);
    expect(redact(wrapped[0] ?? '')).toBe('[redacted]');
  });

  it('whole, also when another secret is its beginning', () => {
    expect(createRedactor(['abcdef', 'abcdefghij']).redact('x abcdefghij y')).toBe('x [redacted] y');
  });

  it('from the moment it is made known', () => {
    const { redact, hide } = createRedactor();
    expect(redact('made later')).toBe('made later');
    hide('made later');
    expect(redact('made later')).toBe('[redacted]');
  });
});

it('leaves values alone that are too short to be told from ordinary words', () => {
  expect(createRedactor(['admin', 'v1', '']).redact('admin uses v1')).toBe('admin uses v1');
});

it('knows every file below the private folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cci-redact-'));
  try {
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'api_key'), 'from-a-file\n');
    expect((await loadRedactor(folder)).redact('it is from-a-file!')).toBe('it is [redacted]!');
    expect((await loadRedactor(join(folder, 'missing'))).redact('from-a-file')).toBe('from-a-file');
  } finally {
    await rm(folder, { recursive: true });
  }
});

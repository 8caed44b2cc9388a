import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redactArchive } from '../../../activities/support/redact-archive.ts';
import { readZip, writeZip } from '../../fixtures/zip.ts';

const SECRET = 'correct-horse';
const redact = (text: string) => text.replaceAll(SECRET, '[redacted]');
/** A PNG's signature and other bytes that are no UTF-8. */
const BINARY = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00, 0x80, ...Buffer.from(SECRET)]);

let folder: string;
let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-zip-'));
  const path = join(folder, 'a.zip');
  await writeZip(path, [
    { name: 'trace.network', content: Buffer.from(`{"body":"${SECRET}"}\n`.repeat(1000)) },
    { name: `resources/${SECRET}.txt`, content: Buffer.from(`plain ${SECRET}`), stored: true },
    { name: 'resources/page.png', content: BINARY, stored: true },
    { name: 'empty', content: Buffer.alloc(0) },
  ]);
  archive = await readFile(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('redactArchive', () => {
  it('hides secrets in the entries and names of an archive, which stays readable', async () => {
    const redacted = redactArchive(archive, redact);
    if (!redacted) throw new Error('the archive was not understood');
    const path = join(folder, 'b.zip');
    await writeFile(path, redacted);
    expect((await readZip(path)).map(({ name, content }) => [name, content])).toEqual([
      ['trace.network', Buffer.from('{"body":"[redacted]"}\n'.repeat(1000))],
      ['resources/[redacted].txt', Buffer.from('plain [redacted]')],
      ['resources/page.png', BINARY],
      ['empty', Buffer.alloc(0)],
    ]);
    // The directory at the end says the same as the headers that the other reader goes by.
    expect(redactArchive(redacted, redact)).toEqual(redacted);
  });

  it.each([
    ['text', () => Buffer.from('no archive at all')],
    ['an archive cut short', () => archive.subarray(0, -30)],
    ['an archive with a changed byte', () => Buffer.from(archive).fill(0x58, 60, 61)],
  ])('gives nothing for %s rather than something unredacted', (_what, content) => {
    expect(redactArchive(content(), redact)).toBeUndefined();
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redactArchive } from '../../../activities/support/redact-archive.ts';

const exec = promisify(execFile);
const SECRET = 'correct-horse';
const redact = (text: string) => text.replaceAll(SECRET, '[redacted]');
/** A PNG's signature and other bytes that are no UTF-8. */
const BINARY = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00, 0x80, ...Buffer.from(SECRET)]);
const PACK = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.writestr('trace.network', open(sys.argv[2], 'rb').read(), zipfile.ZIP_DEFLATED)
    z.writestr('resources/${SECRET}.txt', 'plain ${SECRET}', zipfile.ZIP_STORED)
    z.writestr('resources/page.png', open(sys.argv[3], 'rb').read(), zipfile.ZIP_STORED)
    z.writestr('empty', b'')`;
const UNPACK = `
import sys, json, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({n: z.read(n).hex() for n in z.namelist()}))`;

let folder: string;
let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-zip-'));
  const [zip, text, binary] = ['a.zip', 'text', 'binary'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(text, `{"body":"${SECRET}"}\n`.repeat(1000));
  await writeFile(binary, BINARY);
  await exec('python3', ['-c', PACK, zip, text, binary]);
  archive = await readFile(zip);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('redactArchive', () => {
  it('hides secrets in the entries and names of an archive, which stays readable', async () => {
    const redacted = redactArchive(archive, redact);
    if (!redacted) throw new Error('the archive was not understood');
    const path = join(folder, 'b.zip');
    await writeFile(path, redacted);
    const { stdout } = await exec('python3', ['-c', UNPACK, path]);
    const entries = Object.entries(JSON.parse(stdout) as Record<string, string>);
    expect(entries.map(([name, hex]) => [name, Buffer.from(hex, 'hex')])).toEqual([
      ['trace.network', Buffer.from('{"body":"[redacted]"}\n'.repeat(1000))],
      ['resources/[redacted].txt', Buffer.from('plain [redacted]')],
      ['resources/page.png', BINARY],
      ['empty', Buffer.alloc(0)],
    ]);
  });

  it.each([
    ['text', () => Buffer.from('no archive at all')],
    ['an archive cut short', () => archive.subarray(0, -30)],
    ['an archive with a changed byte', () => Buffer.from(archive).fill(0x58, 60, 61)],
  ])('gives nothing for %s rather than something unredacted', (_what, content) => {
    expect(redactArchive(content(), redact)).toBeUndefined();
  });
});

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateSync, gzipSync } from 'node:zlib';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EncryptionCodec } from '../../../codec/encryption-codec.ts';
import { payloadsOf, SecretScan } from '../../fixtures/secret-scan.ts';
import { writeZip } from '../../fixtures/zip.ts';

/** With what each spelling spells in its own way. */
const CANARY = 'canary-"7d1f"/+& {ü} 0a93';
const OTHER = 'another-value-that-is-nowhere';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cci-scan-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function scanned(): SecretScan {
  const scan = new SecretScan([OTHER, CANARY]);
  scan.folder(folder);
  return scan;
}

function place(name: string, content: string | Buffer): void {
  writeFileSync(join(folder, name), content);
}

const base64 = Buffer.from(CANARY).toString('base64');

describe('the scan for secrets', () => {
  it.each([
    ['as it is', `before ${CANARY} after`],
    ['in base64', `Authorization: Basic ${base64}`],
    ['in the base64 of more', Buffer.from(`user:${CANARY}:x`).toString('base64')],
    ['in base64 for URLs', Buffer.from(`~~${CANARY}`).toString('base64url')],
    ['in a URL', `https://a.test/?p=${encodeURIComponent(CANARY)}`],
    ['in a form', `p=${encodeURIComponent(CANARY).replaceAll('%20', '+')}`],
    ['in JSON', JSON.stringify({ a: CANARY })],
    ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ a: CANARY }) })],
    ['in HTML', `<p>${CANARY.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}</p>`],
    ['in hexadecimal', Buffer.from(CANARY).toString('hex')],
    ['over two lines', `x ${CANARY.slice(0, 11)}\n  ${CANARY.slice(11)}`],
    ['in wrapped base64', base64.replace(/.{10}/g, '$&\n')],
    ['in data of a page', `<script src="data:text/plain;base64,${base64}"></script>`],
    ['in packed data of a page', `"data:x/y;base64,${deflateSync(`{"a":"${CANARY}"}`).toString('base64')}"`],
  ])('finds a value %s [R-64]', (_how, text) => {
    place('a.txt', text);
    expect(scanned().findings).toContainEqual({
      place: expect.stringContaining('a.txt') as string,
      value: 1,
    });
  });

  it('finds nothing where there is nothing, not even the value of another', () => {
    place('a.txt', `canary and ${randomBytes(4096).toString('base64')}`);
    expect(scanned().findings).toEqual([]);
  });

  it('looks into archives of Playwright, packed and stored [R-64]', async () => {
    const content = Buffer.from(`{"request": ${JSON.stringify(CANARY)}} ${'x'.repeat(500)}`);
    for (const stored of [true, false])
      await writeZip(join(folder, `${String(stored)}.zip`), [{ name: 'trace.network', content, stored }]);
    const { findings, opened } = scanned();
    expect(findings.filter(({ place: at }) => at.endsWith('.zip!trace.network'))).toHaveLength(2);
    expect(opened['zip']).toBe(2);
  });

  it('looks into tar, gzip and both, of archives too [R-64]', async () => {
    mkdirSync(join(folder, 'in'));
    place('in/log.txt', CANARY);
    execFileSync('tar', ['-C', folder, '-czf', join(folder, 'a.tar.gz'), 'in']);
    await writeZip(join(folder, 'b.zip'), [{ name: 'c.gz', content: gzipSync(CANARY) }]);
    rmSync(join(folder, 'in'), { recursive: true });
    const { findings, opened } = scanned();
    const places = findings.map(({ place: at }) => at.slice(folder.length + 1));
    expect(places).toEqual(expect.arrayContaining(['a.tar.gz!content!in/log.txt', 'b.zip!c.gz!content']));
    expect(opened).toMatchObject({ gzip: 2, tar: 1, zip: 1 });
  });

  it('looks into the rows of SQLite, those that no single page holds too [R-64]', () => {
    const database = new DatabaseSync(join(folder, 'a.db'));
    database.exec('create table runs (id text, body blob)');
    // Across the end of a page of 4096 bytes, wherever that is in the row.
    const insert = database.prepare('insert into runs values (?, ?)');
    for (let at = 4000; at < 4120; at += 8)
      insert.run(
        CANARY.slice(0, 3),
        Buffer.concat([Buffer.alloc(at), Buffer.from(CANARY), Buffer.alloc(9000)]),
      );
    database.close();
    const { findings, opened } = scanned();
    const rows = findings.filter(({ place: at }) => at.endsWith('a.db!runs.body'));
    expect(rows).toHaveLength(15);
    expect(opened['sqlite']).toBe(1);
  });

  it('looks into histories once they are decoded, and not before [R-64]', async () => {
    const ring = { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
    const codec = new EncryptionCodec(ring);
    const payloads = await codec.encode([defaultPayloadConverter.toPayload({ password: CANARY })]);
    const history = { events: [{ activityTaskScheduledEventAttributes: { input: { payloads } } }] };
    const found = async (decode: boolean) => {
      const scan = new SecretScan([CANARY]);
      const all = payloadsOf(history);
      expect(all).toHaveLength(1);
      for (const { data } of decode ? await codec.decode(all) : all)
        scan.text('history', Buffer.from(data ?? []).toString());
      return scan.findings.length;
    };
    expect([await found(false), await found(true)]).toEqual([0, 1]);
  });
});

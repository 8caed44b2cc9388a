import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  HEAD_BYTES,
  isDump,
  judgeDump,
  mayHoldDumps,
} from '../../../activities/platform/swarm/backup/judge-dump.ts';
import type { ServiceBackup } from '../../../domain/backup.ts';

/** Judges content as a file of that name. */
function judge(path: string, content: Buffer | string): 'empty' | 'data' {
  const whole = Buffer.from(content);
  return judgeDump({ path, bytes: whole.length }, whole.subarray(0, HEAD_BYTES));
}

const PG_HEAD = `--
-- PostgreSQL database dump
--
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
-- CREATE TABLE in a comment
`;
const MYSQL_HEAD = `/*!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET NAMES utf8mb4 */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
-- Dump completed
`;

describe('a dump of nothing', () => {
  it.each([
    ['gzip', gzipSync('')],
    ['xz', Buffer.from('fd377a585a000004e6d6b4460000000' + '01cdf44211fb6f37d010000000004595a', 'hex')],
    ['bzip2', Buffer.from('425a683917724538509000000000', 'hex')],
    ['zstd', Buffer.from('28b52ffd24000100' + '0099e9d851', 'hex')],
    ['lz4', Buffer.from('04224d186440a700000000055dcc02', 'hex')],
  ])('is empty though %s makes some bytes of it [F-41]', (_, bytes) => {
    expect(judge('backup.sql.gz', bytes)).toBe('empty');
  });

  it('is SQL without a statement that brings something back, compressed or not', () => {
    for (const head of [PG_HEAD, MYSQL_HEAD, '\n']) {
      expect(judge('backup.sql', head)).toBe('empty');
      expect(judge('backup.sql.gz', gzipSync(head))).toBe('empty');
    }
  });

  it('is a tar archive of zeros, and a gzip that is none', () => {
    expect(judge('backup.tar', Buffer.alloc(10_240))).toBe('empty');
    expect(judge('backup.tar.gz', gzipSync(Buffer.alloc(10_240)))).toBe('empty');
    expect(judge('backup.gz', Buffer.from('1f8b0000', 'hex'))).toBe('empty');
  });
});

describe('a dump of something', () => {
  it.each([
    ['CREATE TABLE a (b int);'],
    ['INSERT INTO a VALUES (1);'],
    ['COPY public.a (b) FROM stdin;\n1\n\\.'],
    ["SELECT pg_catalog.setval('a_seq', 7, true);"],
  ])('is SQL with %s behind all that is set', (statement) => {
    for (const head of [PG_HEAD, MYSQL_HEAD]) {
      expect(judge('backup.sql', head + statement)).toBe('data');
      expect(judge('backup.sql.gz', gzipSync(head + statement))).toBe('data');
    }
  });

  it('may go on beyond what is looked at', () => {
    expect(judge('backup.sql', '-- a long comment\n'.repeat(5000))).toBe('data');
    expect(judge('backup.gz', gzipSync(randomBytes(200_000)))).toBe('data');
  });

  it('need not be text', () => {
    expect(judge('backup.sql', Buffer.from('PGDMP\u0000\u0001'))).toBe('data');
    expect(judge('database', 'anything')).toBe('data');
    expect(judge('backup.xz', Buffer.concat([Buffer.from('fd377a585a00', 'hex'), randomBytes(40)]))).toBe(
      'data',
    );
  });
});

describe('a file is a dump', () => {
  const services = (path: string, hooks: Partial<ServiceBackup> = {}): ServiceBackup[] => [
    { service: 'db', version: 'v2', paths: [{ volume: 'data', volumeName: 's_data', path }], ...hooks },
  ];
  const file = (path: string) => ({ volume: 'data', path, type: 'file' as const, bytes: 20 });

  it('when a label names it, whatever it is called', () => {
    expect(isDump(services('dumps/all'), file('dumps/all'))).toBe(true);
    expect(isDump(services('dumps/all'), { ...file('dumps/all'), volume: 'other' })).toBe(false);
    expect(isDump(services('dumps/all'), { ...file('dumps/all'), type: 'folder' })).toBe(false);
  });

  it('only where a label names more than whole volumes, or a hook prepares them', () => {
    expect(mayHoldDumps(services(''))).toBe(false);
    expect(mayHoldDumps(services('', { preHook: '/dump.sh' }))).toBe(true);
    expect(mayHoldDumps(services('dumps/all'))).toBe(true);
  });

  it('when it lies in a labelled folder of a service with a pre-hook, with the name of a dump', () => {
    const preHook = { preHook: '/dump.sh' };
    expect(isDump(services('', preHook), file('backup.sql.gz'))).toBe(true);
    expect(isDump(services('dumps', preHook), file('dumps/db.dump'))).toBe(true);
    expect(isDump(services(''), file('backup.sql.gz'))).toBe(false);
    expect(isDump(services('', preHook), file('page.html'))).toBe(false);
    // An app's own files, as the migrations it comes with, are none of the hook.
    expect(isDump(services('', preHook), file('app/migrations/1.sql'))).toBe(false);
  });
});

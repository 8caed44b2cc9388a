import { describe, expect, it } from 'vitest';
import type { ServiceBackup, SnapshotEntry } from '../../../domain/backup.ts';
import { emptyDumps, verifySnapshot, type SnapshotClaims } from '../../../domain/backup-verification.ts';
import type { Marker } from '../../../domain/markers.ts';

const db = (over: Partial<ServiceBackup> = {}): ServiceBackup => ({
  service: 'db',
  version: 'v2',
  paths: [{ volume: 'db-data', volumeName: 'samp_db-data', path: 'backup.sql' }],
  ...over,
});
const wholeVolume = (volume: string) => [{ volume, volumeName: `samp_${volume}`, path: '' }];

const file = (path: string, bytes = 100, over: Partial<SnapshotEntry> = {}): SnapshotEntry => ({
  volume: 'db-data',
  path,
  type: 'file',
  bytes,
  ...over,
});
const folder = (path: string, volume = 'db-data'): SnapshotEntry => ({
  volume,
  path,
  type: 'folder',
  bytes: 0,
});

const faultsOf = (claims: Partial<SnapshotClaims>) =>
  verifySnapshot({ services: [db()], contents: [file('backup.sql')], markers: [], extra: [], ...claims });

describe('a snapshot is complete', () => {
  it('when every labelled path is in it with a file [R-25]', () => {
    const app = db({ service: 'app', paths: wholeVolume('content') });
    const contents = [file('backup.sql'), folder('', 'content'), file('a/b', 0, { volume: 'content' })];
    expect(faultsOf({ services: [db(), app], contents })).toEqual([]);
  });

  it('when a labelled folder that was empty in the app is in it as that', () => {
    const media = [{ volume: 'content', volumeName: 'samp_content', path: 'media' }];
    const services = [db(), db({ service: 'app', paths: media })];
    const saved = [file('backup.sql'), folder('', 'content'), folder('media', 'content')];
    expect(faultsOf({ services, contents: saved })).toEqual([]);
    expect(faultsOf({ services, contents: saved.slice(0, 2) })).toEqual([
      'app: content/media is not in the snapshot',
    ]);
  });
});

describe('a snapshot lacks something', () => {
  it('when a labelled path is not in it, whatever else is [F-44, R-25]', () => {
    const contents = [folder(''), file('backup.sql.old'), file('backup.sql', 9, { volume: 'content' })];
    expect(faultsOf({ contents })).toEqual(['db: db-data/backup.sql is not in the snapshot']);
  });

  it('when there is no file in a folder that a pre-hook has to fill [R-25]', () => {
    const services = [db({ paths: wholeVolume('db-data'), preHook: '/dump.sh' })];
    expect(faultsOf({ services, contents: [folder(''), folder('empty')] })).toEqual([
      'db: there is no file in volume db-data',
    ]);
  });

  it('when what a path names is neither a file nor a folder', () => {
    const contents = [{ ...folder('backup.sql'), type: 'other' } as const];
    expect(faultsOf({ contents })).toEqual(['db: there is no file in db-data/backup.sql']);
  });

  it('when a service asks for a backup and nothing of it can be saved [R-28]', () => {
    expect(faultsOf({ services: [db({ paths: [] })] })).toEqual([
      'db: asks for a backup, and nothing of it would be saved',
    ]);
    expect(faultsOf({ services: [db({ unmapped: ['/etc/app'] })] })).toEqual([
      'db: no volume of the service holds /etc/app, which its labels name',
    ]);
  });

  it('when the file that a path names is empty, but not when an empty file lies in a folder', () => {
    expect(faultsOf({ contents: [file('backup.sql', 0)] })).toEqual([
      'db-data/backup.sql has nothing in it to restore (0 bytes)',
    ]);
    const services = [db({ paths: wholeVolume('db-data') })];
    expect(faultsOf({ services, contents: [file('PG_VERSION', 3), file('lock', 0)] })).toEqual([]);
  });

  it('when a dump has bytes and yet nothing in it, once for each dump [F-41]', () => {
    const contents = [file('backup.sql', 20, { dump: 'empty' })];
    expect(faultsOf({ contents })).toEqual(['db-data/backup.sql has nothing in it to restore (20 bytes)']);
    expect(emptyDumps([db(), db({ service: 'other' })], contents)).toHaveLength(1);
    expect(faultsOf({ contents: [file('backup.sql', 20, { dump: 'data' })] })).toEqual([]);
    expect(emptyDumps([db()], [file('elsewhere.sql', 20, { dump: 'empty' })])).toEqual([]);
  });

  it('when the file of a marker is not in it, and only then', () => {
    const marker: Marker = {
      id: 'file content',
      kind: 'file',
      service: 'app',
      what: 'a file in volume content',
      backedUp: true,
      volume: 'content',
      path: 'docs/ci.txt',
    };
    const fault = ['the marker (a file in volume content) is not in the snapshot'];
    const there = file('docs/ci.txt', 19, { volume: 'content' });
    expect(faultsOf({ markers: [marker] })).toEqual(fault);
    expect(faultsOf({ markers: [marker], contents: [file('backup.sql'), file('docs/ci.txt')] })).toEqual(
      fault,
    );
    expect(faultsOf({ markers: [marker], contents: [file('backup.sql'), there] })).toEqual([]);
    expect(faultsOf({ markers: [{ ...marker, backedUp: false }] })).toEqual([]);
    expect(faultsOf({ markers: [{ ...marker, kind: 'row' }] })).toEqual([]);
  });

  it('when what the recipe folder asks for is missing or too small [R-25]', () => {
    const wanted = (path: string, minBytes: number) => ({ extra: [{ volume: 'db-data', path, minBytes }] });
    expect(faultsOf(wanted('backup.sql', 100))).toEqual([]);
    expect(faultsOf(wanted('backup.sql', 101))).toEqual([
      'db-data/backup.sql has 100 bytes, recipe.ts asks for at least 101',
    ]);
    expect(faultsOf(wanted('/keys/', 1))).toEqual([
      'db-data/keys is not in the snapshot (recipe.ts asks for it)',
    ]);
    const contents = [file('backup.sql'), folder('keys'), file('keys/a', 3), file('keys/b', 4)];
    expect(faultsOf({ ...wanted('keys', 7), contents })).toEqual([]);
  });

  it('when a path has shrunk to less than half of what the snapshot before had [O-11]', () => {
    const previous = [file('backup.sql', 201), file('other', 5000)];
    expect(faultsOf({ previous })).toEqual([
      'db-data/backup.sql has 100 bytes, less than half of the 201 of the snapshot before',
    ]);
    expect(faultsOf({ previous: [file('backup.sql', 200)] })).toEqual([]);
    expect(faultsOf({ previous: [] })).toEqual([]);
  });
});

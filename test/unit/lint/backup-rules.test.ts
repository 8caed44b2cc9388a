import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

const VOLUMES = 'volumes:\n  data:\n  other:\n';

/** An app that mounts `data` at /data, with the labels from line 10 on. */
function appWith(labels: string[], mounts = '    volumes: [data:/data, other:/other]\n'): string {
  const list = labels.map((label) => `        - 'backupbot.${label}'\n`).join('');
  return composeOf(faultlessApp(`${list}${mounts}`), VOLUMES);
}

/** A database service beside a faultless app that saves `data`, or has no labels of its own; labels from line 18 on. */
function databaseWith(
  labels: string[],
  change: { image?: string; app?: string; mount?: string } = {},
): string {
  const { image = 'postgres:16', app = '', mount = 'other:/var/lib/postgresql/data' } = change;
  const list = labels.map((label) => `        backupbot.${label}\n`).join('');
  return composeOf(
    `${faultlessApp(app)}  db:
    image: ${image}
    healthcheck: { test: ['CMD', 'true'] }
    volumes: ['${mount}']
    deploy:
      update_config: { failure_action: rollback }
      labels:
        some: label
${list}`,
    VOLUMES,
  );
}

const SAVED_APP = "        - 'backupbot.backup=true'\n    volumes: [data:/data]\n";
const RESTORED = "restore.post-hook: '/pg_backup.sh restore'";
const DUMPED = "backup.pre-hook: '/pg_backup.sh backup'";

describe('CCI-BACKUP-NOTHING', () => {
  it.each<[string, string[], string[], string?]>([
    ['the service mounts no volume', ['backup=true'], ['compose.yml:10'], ''],
    [
      'a label names a volume it does not mount',
      ['backup=true', 'backup.volumes.db.path=x'],
      ['compose.yml:11'],
    ],
    ['a path lies on no volume', ['backup=true', 'backup.path=/data/a,/srv'], ['compose.yml:11']],
    [
      'all volumes are excluded',
      ['backup=true', 'backup.volumes.data=false', 'backup.volumes.other=false'],
      ['compose.yml:10'],
    ],
  ])('fires when %s [R-28]', async (_title, labels, expected, mounts) => {
    expect(await lint({ compose: appWith(labels, mounts) }, 'CCI-BACKUP-NOTHING')).toEqual(expected);
  });

  it.each<[string, string[], string?]>([
    ['volumes are saved whole', ['backup=true']],
    ['one of two volumes is excluded', ['backup=true', 'backup.volumes.data=false']],
    ['a path lies below a mount', ['backup=true', 'backup.path=/data/a/,/other']],
    ['a path holds a mount', ['backup=true', 'backup.path=/data'], '    volumes: [data:/data/files]\n'],
    ['the backup is switched off', ['backup=false'], ''],
  ])('does not fire when %s [R-28]', async (_title, labels, mounts) => {
    expect(await lint({ compose: appWith(labels, mounts) })).toEqual([]);
  });

  it('takes a path that only begins like a mount as outside [R-28]', async () => {
    const compose = appWith(['backup=true', 'backup.path=/database']);
    expect(await lint({ compose })).toEqual(['CCI-BACKUP-NOTHING compose.yml:11']);
  });
});

describe('CCI-BACKUP-MIXED', () => {
  it.each([['backup.volumes.data.path=a'], ['restore.post-hook=true']])(
    'fires on a path beside %s',
    async (label) => {
      const compose = appWith(['backup=true', 'backup.path=/data', label]);
      expect(await lint({ compose })).toEqual(['CCI-BACKUP-MIXED compose.yml:11']);
    },
  );

  it('does not fire on hooks, which both versions know', async () => {
    const compose = appWith(['backup=true', 'backup.path=/data', 'backup.pre-hook=sync']);
    expect(await lint({ compose })).toEqual([]);
  });
});

describe('CCI-BACKUP-HOT-DATABASE', () => {
  it.each([
    ['the whole volume', ["backup: 'true'"]],
    ['a path of version 1 around it', ["backup: 'true'", "backup.path: '/var/lib/postgresql/data/'"]],
  ])('fires on %s without a dump [F-41]', async (_title, labels) => {
    expect(await lint({ compose: databaseWith(labels) })).toEqual(['CCI-BACKUP-HOT-DATABASE compose.yml:18']);
  });

  it.each([
    ['a dump is written', ["backup: 'true'", DUMPED, RESTORED], undefined],
    [
      'only a part of the volume is saved',
      ["backup: 'true'", "backup.volumes.other.path: 'dumps'"],
      undefined,
    ],
    [
      'only a path inside is saved',
      ["backup: 'true'", "backup.path: '/var/lib/postgresql/data/dumps'"],
      undefined,
    ],
    ['the volume holds dumps, not the database', ["backup: 'true'"], { mount: 'other:/dumps' }],
    [
      'the image is no database',
      ["backup: 'true'"],
      { image: 'quay.io/prometheuscommunity/postgres-exporter:1' },
    ],
    ['the backup is switched off', ["backup: 'false'"], undefined],
  ])('does not fire when %s [F-41]', async (_title, labels, change) => {
    expect(await lint({ compose: databaseWith(labels, change) })).toEqual([]);
  });
});

describe('CCI-BACKUP-NO-RESTORE', () => {
  it('fires on a dump that nothing reads after a restore [F-42, F-43]', async () => {
    const compose = databaseWith(["backup: 'true'", DUMPED]);
    expect(await lint({ compose })).toEqual(['CCI-BACKUP-NO-RESTORE compose.yml:19']);
  });

  it('fires when only the script says that it dumps [R-29]', async () => {
    const compose = `${databaseWith(["backup: 'true'", "backup.pre-hook: '/save.sh'"]).replace(
      '  db:\n',
      '  db:\n    configs: [{ source: save, target: /save.sh }]\n',
    )}configs:\n  save:\n    file: save.sh\n`;
    const files = { 'save.sh': '#!/bin/sh\npg_dump x > /a\n' };
    expect(await lint({ compose, files })).toEqual(['CCI-BACKUP-NO-RESTORE compose.yml:20']);
  });

  it.each([
    ['the dump is read again', ["backup: 'true'", DUMPED, RESTORED]],
    ['the backup is switched off', ["backup: 'false'", DUMPED]],
    [
      'the hook writes no dump',
      ["backup: 'true'", "backup.pre-hook: 'psql -c CHECKPOINT'", "backup.volumes.other.path: 'x'"],
    ],
  ])('does not fire when %s [R-29]', async (_title, labels) => {
    expect(await lint({ compose: databaseWith(labels) })).toEqual([]);
  });
});

describe('CCI-BACKUP-NO-DATABASE', () => {
  it('fires on a database that the backup leaves out [F-41]', async () => {
    const compose = databaseWith([], { app: SAVED_APP });
    expect(await lint({ compose })).toEqual(['CCI-BACKUP-NO-DATABASE compose.yml:12']);
  });

  it('does not fire when another service dumps it [R-29]', async () => {
    const hooks = ['pre-hook=pg_dump -h db > /data/x.sql'].map(
      (hook) => `        - 'backupbot.backup.${hook}'\n`,
    );
    const restore = "        - 'backupbot.restore.post-hook=psql -h db -f /data/x.sql'\n";
    expect(await lint({ compose: databaseWith([], { app: hooks.join('') + restore + SAVED_APP }) })).toEqual(
      [],
    );
  });

  it('does not fire on a database without a volume', async () => {
    expect(await lint({ compose: databaseWith([], { app: SAVED_APP, mount: '/tmp/x' }) })).toEqual([]);
  });
});

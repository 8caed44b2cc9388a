import { describe, expect, it } from 'vitest';
import { declaredBackup, serviceBackups, type LabelledService } from '../../../domain/backup-labels.ts';

const mount = (volume: string, target: string) => ({ volume, volumeName: `samp_ci_test_${volume}`, target });

function service(
  labels: Readonly<Record<string, string>>,
  over: Partial<LabelledService> = {},
): LabelledService {
  const volumes = [mount('db-data', '/var/lib/db'), mount('uploads', '/srv/uploads')];
  return { service: 'db', labels, volumes, ...over };
}

/** Each path as `volume/path`, as the labels of one service give them. */
function pathsOf(labels: Readonly<Record<string, string>>, over: Partial<LabelledService> = {}) {
  const [backup] = serviceBackups([service({ 'backupbot.backup': 'true', ...labels }, over)]);
  return backup?.paths.map(({ volume, path }) => `${volume}/${path}`);
}

describe('labels of version 2', () => {
  it('save all of every volume of the service that bears them, and of no other [R-28]', () => {
    const app = service({}, { service: 'app', volumes: [mount('content', '/html')] });
    expect(serviceBackups([app, service({ 'backupbot.backup': 'true' })])).toEqual([
      {
        service: 'db',
        version: 'v2',
        paths: [
          { volume: 'db-data', volumeName: 'samp_ci_test_db-data', path: '' },
          { volume: 'uploads', volumeName: 'samp_ci_test_uploads', path: '' },
        ],
      },
    ]);
  });

  it.each(['false', 'False', '0', ''])('ask for nothing when their value is "%s"', (value) => {
    expect(
      serviceBackups([service({ 'backupbot.backup': value, 'backupbot.backup.pre-hook': 'x' })]),
    ).toEqual([]);
  });

  it.each(['backupbot.backup.volumes.uploads', 'backupbot.volumes.uploads'])(
    'leave out %s=false',
    (label) => {
      expect(pathsOf({ [label]: 'false' })).toEqual(['db-data/']);
      expect(pathsOf({ [label]: 'true' })).toEqual(['db-data/', 'uploads/']);
    },
  );

  it('save only the paths of a volume that has some, wherever a slash or a blank stands', () => {
    const label = 'backupbot.backup.volumes.db-data.path';
    expect(pathsOf({ [label]: 'backup.sql, ./config/ ,/keys//own' })).toEqual([
      'db-data/backup.sql',
      'db-data/config',
      'db-data/keys/own',
      'uploads/',
    ]);
    expect(pathsOf({ [label]: '' })).toEqual(['db-data/', 'uploads/']);
    expect(pathsOf({ [label]: 'a,a' })).toEqual(['db-data/a', 'uploads/']);
    expect(pathsOf({ [label]: 'a', 'backupbot.backup.volumes.db-data': 'false' })).toEqual(['uploads/']);
  });

  it('report what no volume of the service can hold [R-25]', () => {
    const [backup] = serviceBackups([
      service({
        'backupbot.backup': 'true',
        'backupbot.backup.volumes.mysql.path': 'backup.sql',
        'backupbot.backup.volumes.db-data.path': '../other',
      }),
    ]);
    expect(backup).toMatchObject({
      paths: [{ volume: 'uploads' }],
      unmapped: ['volume mysql', 'db-data/../other'],
    });
  });

  it('carry hooks for backup and restore; an empty one is none', () => {
    const hooks = {
      'backupbot.backup': 'true',
      'backupbot.backup.pre-hook': '/pg_backup.sh backup',
      'backupbot.backup.post-hook': ' ',
      'backupbot.restore.pre-hook': 'stop',
      'backupbot.restore.post-hook': '/pg_backup.sh restore',
    };
    const [backup] = serviceBackups([service(hooks)]);
    expect(backup).toMatchObject({
      preHook: '/pg_backup.sh backup',
      restorePreHook: 'stop',
      restorePostHook: '/pg_backup.sh restore',
    });
    expect(backup).not.toHaveProperty('postHook');
  });
});

describe('labels of version 1', () => {
  const label = 'backupbot.backup.path';

  it('name paths in the container, each in the mount that is deepest above it', () => {
    const volumes = [mount('data', '/data'), mount('media', '/data/media'), mount('data-old', '/data-old')];
    expect(pathsOf({ [label]: '/data/media/2024/, /data/conf' }, { volumes })).toEqual([
      'media/2024',
      'data/conf',
    ]);
    expect(pathsOf({ [label]: '/data' }, { volumes })).toEqual(['data/', 'media/']);
    expect(serviceBackups([service({ 'backupbot.backup': 'true', [label]: '/srv/uploads' })])).toMatchObject([
      { version: 'v1', paths: [{ volume: 'uploads', path: '' }] },
    ]);
  });

  it('take the volumes that lie inside of what they name', () => {
    expect(pathsOf({ [label]: '/srv' })).toEqual(['uploads/']);
  });

  it('report a path that lies in no volume [R-25]', () => {
    const [backup] = serviceBackups([
      service({ 'backupbot.backup': 'true', [label]: '/etc/app,relative,/srv/uploads-old' }),
    ]);
    expect(backup).toMatchObject({ paths: [], unmapped: ['/etc/app', 'relative', '/srv/uploads-old'] });
  });

  it('do not count beside labels of version 2', () => {
    const both = { [label]: '/srv/uploads', 'backupbot.backup.volumes.db-data.path': 'backup.sql' };
    expect(pathsOf(both)).toEqual(['db-data/backup.sql', 'uploads/']);
  });
});

it('tells services of both versions apart in one stack', () => {
  const app = service(
    { 'backupbot.backup': '1', 'backupbot.backup.path': '/srv/uploads' },
    { service: 'app' },
  );
  const found = serviceBackups([app, service({ 'backupbot.backup': 'yes' })]);
  expect(found.map(({ service: name, version }) => `${name} ${version}`)).toEqual(['app v1', 'db v2']);
});

describe('a backup that looks as if it were meant', () => {
  const running = (...all: Readonly<Record<string, string>>[]) =>
    all.map((labels, index) => ({ service: `s${index}`, labels }));

  it.each([
    ['a hook without a switch', { 'backupbot.backup.pre-hook': 'dump' }],
    ['a switch that is empty', { 'backupbot.backup': '' }],
    ['a switch that is misspelt', { 'backupbot.bakcup': 'true' }],
  ])('is told by %s, with the service [F-50]', (_title, labels) => {
    expect(declaredBackup(running({}, labels))).toBe(
      'backup labels without backupbot.backup being on or off: s1',
    );
  });

  it('is told by labels that are only on the containers [F-50]', () => {
    const containerLabels = { 'backupbot.backup': 'true' };
    expect(declaredBackup([{ service: 'db', labels: {}, containerLabels }])).toMatch(/: db$/);
  });

  it.each(['false', 'No', '0', 'off'])('is not told of one that says %s [F-50]', (word) => {
    const labels = { 'backupbot.backup': word, 'backupbot.backup.pre-hook': 'dump' };
    expect(declaredBackup(running(labels))).toBeUndefined();
  });

  it('is not told where nothing speaks of a backup', () => {
    expect(declaredBackup(running({ 'traefik.enable': 'true' }, {}))).toBeUndefined();
  });
});

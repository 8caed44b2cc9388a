import { describe, expect, it } from 'vitest';
import { serviceBackups, type LabelledService } from '../../../domain/backup-labels.ts';
import { atRoot, planMarkers, type MarkedService } from '../../../domain/marker-plan.ts';

const ON = { 'backupbot.backup': 'true' };
const OPTIONS = { environmentId: '0a6f4a52-92c9-4e0f-8d35-0d7f5b2a9a01', recipeMarker: false };

type Facts = MarkedService & LabelledService;

function service(
  name: string,
  image: string,
  volumes: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Facts {
  return {
    service: name,
    image,
    labels,
    volumes: Object.entries(volumes).map(([volume, target]) => ({
      volume,
      volumeName: `stack_${volume}`,
      target: target.replace(/:ro$/, ''),
      readOnly: target.endsWith(':ro'),
    })),
  };
}

function plan(services: readonly Facts[], recipeMarker = false) {
  return planMarkers(services, serviceBackups(services), { ...OPTIONS, recipeMarker });
}

/** Id, folder of the file if it is one, and whether it is backed up. */
function outline(services: readonly Facts[]) {
  return plan(services).markers.map(({ id, path, backedUp }) => [id, path?.replace(/[^/]*$/, ''), backedUp]);
}

describe('planMarkers', () => {
  it('puts a row into each database, and no file into its volume', () => {
    const services = [
      service('app', 'blog:1', { uploads: '/uploads' }),
      service('db', 'mariadb:11', { data: '/var/lib/mysql' }),
      service('dump', 'alpine:3', { data: '/data' }),
    ];
    expect(plan(services).markers).toMatchObject([
      { id: 'row db', kind: 'row', service: 'db', engine: 'mysql', backedUp: false },
      { id: 'file uploads', kind: 'file', service: 'app', volume: 'uploads', backedUp: false },
    ]);
  });

  it('wants a database back as soon as any service of the stack declares backups [F-41, R-28]', () => {
    const db = service('db', 'postgres:15', { data: '/var/lib/postgresql/data' });
    expect(outline([service('app', 'blog:1', {}, ON), db])).toEqual([['row db', undefined, true]]);
    const off = { 'backupbot.backup': 'false' };
    expect(outline([service('app', 'blog:1', {}, off), db])).toEqual([['row db', undefined, false]]);
  });

  it('puts one file into each volume that a service can write to', () => {
    const services = [
      service('app', 'blog:1', { uploads: '/uploads', shared: '/shared:ro', theme: '/theme:ro' }),
      service('worker', 'blog:1', { shared: '/shared', uploads: '/uploads' }),
    ];
    expect(plan(services).markers.map(({ id, service: holder }) => [id, holder])).toEqual([
      ['file uploads', 'app'],
      ['file shared', 'worker'],
    ]);
  });

  it('gives each volume a file of another name: one is looked for in all volumes [R-21]', () => {
    const [first, second] = plan([service('app', 'blog:1', { a: '/a', b: '/b' })]).markers;
    expect(first?.path).toMatch(/^ci-marker-[0-9a-f]{8}\.txt$/);
    expect(second?.path).toMatch(/^ci-marker-[0-9a-f]{8}\.txt$/);
    expect(first?.path).not.toBe(second?.path);
    const elsewhere = planMarkers([service('app', 'blog:1', { a: '/a' })], [], {
      environmentId: '7d9e2a52-92c9-4e0f-8d35-0d7f5b2a9a02',
      recipeMarker: false,
    });
    expect(elsewhere.markers[0]?.path).not.toBe(first?.path);
  });

  it.each([
    ['all of the volume', {}, '', true],
    ['a folder and all of it', { 'backupbot.backup.path': '/data/media,/data' }, '', true],
    ['a single file', { 'backupbot.backup.volumes.data.path': 'dump.sql' }, '', false],
    ['nothing of it', { 'backupbot.backup.volumes.data': 'false' }, '', false],
    ['what is elsewhere', { 'backupbot.backup.path': '/etc/blog' }, '', false],
  ])('puts the file where the labels save %s', (_what, labels, folder, backedUp) => {
    const app = service('app', 'blog:1', { data: '/data' }, { ...ON, ...labels });
    expect(outline([app])).toEqual([['file data', folder, backedUp]]);
  });

  it.each([
    ['a folder (v2)', { 'backupbot.backup.volumes.data.path': 'media/users' }, ['media/users']],
    ['a folder (v1)', { 'backupbot.backup.path': '/data/media/' }, ['media']],
    ['a hidden folder', { 'backupbot.backup.volumes.data.path': '.config' }, ['.config']],
    ['a file and a folder', { 'backupbot.backup.volumes.data.path': 'dump.sql.gz,media' }, ['media']],
    ['two folders', { 'backupbot.backup.volumes.data.path': 'media,keys' }, ['media', 'keys']],
  ])('puts a file into each folder where the labels save %s [R-25]', (_what, labels, folders) => {
    const app = service('app', 'blog:1', { data: '/data' }, { ...ON, ...labels });
    expect(outline([app])).toEqual(folders.map((folder) => [`file data/${folder}`, `${folder}/`, true]));
    const [first] = plan([app]).markers;
    expect(first && atRoot(first)).toMatchObject({
      id: 'file data',
      what: 'a file in volume data',
      path: expect.stringMatching(/^ci-marker-[0-9a-f]{8}\.txt$/),
      backedUp: false,
    });
  });

  it('puts no file beside the data of another store, and says that nothing is known of it [R-22]', () => {
    const services = [
      service('app', 'blog:1', { uploads: '/uploads' }),
      service('db', 'docker.io/mongo:7', { data: '/data/db' }),
      service('dump', 'alpine:3', { data: '/data' }),
      service('search', 'opensearchproject/opensearch:2', {}),
    ];
    const { markers, unplaced, keepsData } = plan(services);
    expect(markers.map(({ id }) => id)).toEqual(['file uploads']);
    const reason = 'cc-ci knows no way to write into docker.io/mongo:7';
    const lacking = { service: 'db', what: 'the data of db', reason };
    expect([unplaced, keepsData]).toEqual([[{ ...lacking, backedUp: false }], true]);
    const labelled = [service('web', 'nginx:1', {}, ON), ...services];
    expect(plan(labelled).unplaced).toEqual([{ ...lacking, backedUp: true }]);
    expect(plan(labelled, true).unplaced).toEqual([]);
  });

  it('takes what a cache holds for no data', () => {
    const cache = service('cache', 'valkey/valkey:8', { cache: '/data', socket: '/run/valkey' });
    expect(plan([cache])).toEqual({ markers: [], unplaced: [], keepsData: false });
    const app = service('app', 'blog:1', { socket: '/run/valkey' });
    expect(plan([cache, app])).toMatchObject({
      markers: [{ id: 'file socket', service: 'app' }],
      unplaced: [],
      keepsData: true,
    });
  });

  it('counts the marker of the recipe as backed up with any label [R-22]', () => {
    const labelled = service('app', 'blog:1', {}, ON);
    expect(plan([labelled], true).markers).toMatchObject([{ id: 'recipe', kind: 'recipe', backedUp: true }]);
    const unlabelled = [service('app', 'blog:1', {})];
    expect(plan(unlabelled, true).markers).toMatchObject([{ id: 'recipe', backedUp: false }]);
    expect(plan(unlabelled)).toEqual({ markers: [], unplaced: [], keepsData: false });
  });
});

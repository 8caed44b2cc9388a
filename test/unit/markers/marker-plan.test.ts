import { describe, expect, it } from 'vitest';
import { serviceBackups, type LabelledService } from '../../../domain/backup-labels.ts';
import { databaseEngine, planMarkers, type MarkedService } from '../../../domain/marker-plan.ts';

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
  return plan(services).map(({ id, path, backedUp }) => [id, path?.replace(/[^/]*$/, ''), backedUp]);
}

describe('databaseEngine', () => {
  it.each([
    ['postgres:15.13', 'postgres'],
    ['docker.io/library/postgres', 'postgres'],
    ['registry.example.com:5000/team/postgres:16-alpine@sha256:0123', 'postgres'],
    ['pgautoupgrade/pgautoupgrade:17-alpine', 'postgres'],
    ['postgis/postgis:16-3.4', 'postgres'],
    ['pgvector/pgvector:pg16', 'postgres'],
    ['tensorchord/vchord-postgres:pg14', 'postgres'],
    ['mariadb:10.11', 'mysql'],
    ['mysql', 'mysql'],
    ['percona/percona-server:8.0', 'mysql'],
    ['prometheuscommunity/postgres-exporter:v0.15', undefined],
    ['prodrigestivill/postgres-backup-local', undefined],
    ['phpmyadmin:5', undefined],
    ['nginx:1.29', undefined],
    ['postgres/nginx', undefined],
  ])('takes %s for %s', (image, engine) => {
    expect(databaseEngine(image)).toBe(engine);
  });
});

describe('planMarkers', () => {
  it('puts a row into each database, and no file into its volume', () => {
    const services = [
      service('app', 'blog:1', { uploads: '/uploads' }),
      service('db', 'mariadb:11', { data: '/var/lib/mysql' }),
      service('dump', 'alpine:3', { data: '/data' }),
    ];
    expect(plan(services)).toMatchObject([
      { id: 'row db', kind: 'row', service: 'db', engine: 'mysql', backedUp: false },
      { id: 'file uploads', kind: 'file', service: 'app', volume: 'uploads', backedUp: false },
    ]);
  });

  it('wants a database back as soon as any service of the stack declares backups [F-41 R-28]', () => {
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
    expect(plan(services).map(({ id, service: holder }) => [id, holder])).toEqual([
      ['file uploads', 'app'],
      ['file shared', 'worker'],
    ]);
  });

  it('gives each volume a file of another name: one is looked for in all volumes [R-21]', () => {
    const [first, second] = plan([service('app', 'blog:1', { a: '/a', b: '/b' })]);
    expect(first?.path).toMatch(/^ci-marker-[0-9a-f]{8}\.txt$/);
    expect(second?.path).toMatch(/^ci-marker-[0-9a-f]{8}\.txt$/);
    expect(first?.path).not.toBe(second?.path);
    const elsewhere = planMarkers([service('app', 'blog:1', { a: '/a' })], [], {
      environmentId: '7d9e2a52-92c9-4e0f-8d35-0d7f5b2a9a02',
      recipeMarker: false,
    });
    expect(elsewhere[0]?.path).not.toBe(first?.path);
  });

  it.each([
    ['all of the volume', {}, '', true],
    ['a folder (v2)', { 'backupbot.backup.volumes.data.path': 'media/users' }, 'media/users/', true],
    ['a folder (v1)', { 'backupbot.backup.path': '/data/media/' }, 'media/', true],
    ['a hidden folder', { 'backupbot.backup.volumes.data.path': '.config' }, '.config/', true],
    ['a file and a folder', { 'backupbot.backup.volumes.data.path': 'dump.sql.gz,media' }, 'media/', true],
    ['a single file', { 'backupbot.backup.volumes.data.path': 'dump.sql' }, '', false],
    ['nothing of it', { 'backupbot.backup.volumes.data': 'false' }, '', false],
    ['what is elsewhere', { 'backupbot.backup.path': '/etc/blog' }, '', false],
  ])('puts the file where the labels save %s', (_what, labels, folder, backedUp) => {
    const app = service('app', 'blog:1', { data: '/data' }, { ...ON, ...labels });
    expect(outline([app])).toEqual([['file data', folder, backedUp]]);
  });

  it('counts the marker of the recipe as backed up with any label [R-22]', () => {
    const labelled = service('app', 'blog:1', {}, ON);
    expect(plan([labelled], true)).toMatchObject([{ id: 'recipe', kind: 'recipe', backedUp: true }]);
    expect(plan([service('app', 'blog:1', {})], true)).toMatchObject([{ id: 'recipe', backedUp: false }]);
    expect(plan([service('app', 'blog:1', {})])).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeData, describeService, draftFolder } from '../../../client/recipe-folder/draft.ts';
import { sketchServices, type ServiceSketch } from '../../../client/recipe-folder/sketch.ts';

const sketch = (text: string, env: Record<string, string> = {}) =>
  sketchServices([{ name: 'compose.yml', text }], env);

const SITE = `
services:
  app:
    image: wordpress:\${TAG:-6.8}
    healthcheck: { test: [CMD, 'true'] }
    volumes: ['content:/var/www/html', './local:/x', '/var/run/docker.sock:/s']
    deploy:
      labels:
        - traefik.enable=true
        - traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)
        - backupbot.backup=\${ENABLE_BACKUPS:-true}
`;
const DATABASE = `
services:
  app: { volumes: [{ type: volume, source: uploads, target: /uploads }] }
  db:
    image: mariadb:11.4
    volumes: [db-data:/var/lib/mysql]
    deploy:
      labels:
        backupbot.backup: 'true'
        backupbot.backup.pre-hook: /dump.sh
        backupbot.backup.volumes.db-data.path: dump.sql
  cache: { image: 'redis:7' }
`;

describe('the sketch of a recipe', () => {
  const services = sketchServices(
    [
      { name: 'compose.yml', text: SITE },
      { name: 'compose.mariadb.yml', text: DATABASE },
    ],
    { STACK_NAME: 'stack', DOMAIN: 'site.example.com' },
  );
  const named = (name: string) => services.find((service) => service.name === name);

  it('merges the compose files and fills in their variables', () => {
    expect(services.map(({ name, image }) => [name, image])).toEqual([
      ['app', 'wordpress:6.8'],
      ['db', 'mariadb:11.4'],
      ['cache', 'redis:7'],
    ]);
    expect(named('app')?.volumes).toEqual([
      { volume: 'content', target: '/var/www/html' },
      { volume: 'uploads', target: '/uploads' },
    ]);
  });

  it('recognises public services, databases, health checks and what the labels save', () => {
    expect(named('app')).toMatchObject({ isPublic: true, hasHealthCheck: true, store: undefined });
    expect(named('db')).toMatchObject({ isPublic: false, hasHealthCheck: false, store: 'mysql' });
    expect(named('db')?.backup).toMatchObject({
      preHook: '/dump.sh',
      paths: [{ volume: 'db-data', path: 'dump.sql' }],
    });
    expect(named('cache')).toMatchObject({ store: 'cache', backup: undefined });
    expect(describeService(named('db')!)).toBe(
      'db: mariadb:11.4; MariaDB or MySQL; no health check; volume db-data at /var/lib/mysql; backed up: db-data/dump.sql with hooks',
    );
  });

  it('says how the data is marked, and where nothing is without a marker', () => {
    expect(describeData(services)).toBe(
      'Marked without a word here: rows in the databases of db, a file in every volume of app.',
    );
    expect(describeData(sketch('services: { db: { image: mongo:8 } }'))).toBe(
      'Nothing can be written into db: define a marker.',
    );
    expect(describeData(sketch('services: { app: { image: nginx } }'))).toMatch(/keeps no data/);
  });

  it.each([
    ['services:\n  app: [1\n', /compose\.yml:\d+ is no compose file/],
    ['services:\n  app:\n    image: [a]\n', /compose\.yml:3 is no compose file \(services\.app\.image/],
    ['services:\n  app: {}\n  app: {}\n', /compose\.yml:3 is no compose file \(Map keys must be unique/],
    ['version: "3.8"\n', /compose\.yml names no services/],
  ])('tells file and line of %j', (text, fault) => {
    expect(() => sketch(text)).toThrow(fault);
  });

  it('lets no text of a compose file out of the comment that it is put into', () => {
    const [service] = sketch(`services: { app: { image: "x*/ process.exit(1); /*\\n y" } }`);
    const text = draftFolder('sample', [service as ServiceSketch], undefined).get('recipe.ts') ?? '';
    const [, comment = ''] = /\/\*\*([^]*?)\*\//.exec(text) ?? [];
    expect(comment).toContain('app: x* / process.exit(1); /*? y');
    expect(comment).toContain('Keys that are commented out');
  });

  it('drafts nothing but what is known: no repository of a folder on this machine', () => {
    const definition = draftFolder('sample', services, undefined).get('recipe.ts') ?? '';
    expect(definition).not.toContain('source:');
    expect(draftFolder('sample', services, 'https://git.example.org/x.git').get('recipe.ts')).toContain(
      "source: 'https://git.example.org/x.git'",
    );
  });
});

it('the sketch agrees with the fixture recipe whose compose file it reads', () => {
  const folder = join(import.meta.dirname, '../../fixtures/recipes/custom-html/1-1.10.0+1.28.0');
  const [app] = sketch(readFileSync(join(folder, 'compose.yml'), 'utf8'), { STACK_NAME: 'stack' });
  expect(app).toMatchObject({ name: 'app', isPublic: true, hasHealthCheck: true });
  expect(app?.volumes.length).toBeGreaterThan(0);
});

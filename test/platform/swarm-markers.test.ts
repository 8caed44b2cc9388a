import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, destroy } from '../../activities/support/markers/check.ts';
import type { MarkerTools } from '../../activities/support/markers/marker-tools.ts';
import { seed } from '../../activities/support/markers/seed.ts';
import { assertTakesChanges } from '../../activities/support/markers/writable.ts';
import { markerValue, type Marker } from '../../domain/markers.ts';
import type { App, Environment } from '../../domain/plan.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';

const PATIENCE = { seedMs: 30_000, checkMs: 15_000, writableMs: 2500, pauseMs: 500 };
const SITE = { image: 'nginx:1.28.0', volumes: '["content:/usr/share/nginx/html"]' };

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

interface Service {
  readonly image: string;
  readonly volumes: string;
  /** YAML of further keys. */
  readonly more?: string;
  readonly labels?: string;
}

function compose(services: Readonly<Record<string, Service>>, volumes: readonly string[]): string {
  const texts = Object.entries(services).map(
    ([name, { image, volumes: mounts, more = '', labels = '{}' }]) => `  ${name}:
    image: ${image}
    networks: [internal]
    volumes: ${mounts}
    deploy: {labels: ${labels}}
${more}`,
  );
  return `version: "3.8"
services:
${texts.join('')}networks: {internal: }
volumes: {${volumes.map((volume) => `${volume}: `).join(', ')}}
secrets:
  db_password: {external: true, name: "\${STACK_NAME}_db_password_\${SECRET_DB_PASSWORD_VERSION}"}
`;
}

const SAMPLE = 'TYPE=tiny\nDOMAIN=tiny.example.com\nSECRET_DB_PASSWORD_VERSION=v1\n';

/** An app at the first of the versions given, with the means to go on to the next. */
async function deployed(...versions: readonly string[]) {
  const history = versions.map((text) => ({ files: { 'compose.yml': text, '.env.sample': SAMPLE } }));
  const recipe = await world.recipe(history);
  const { environment, app } = world.environment(recipe.path);
  const deploy = async (commit: string) => {
    const operation = await world.operation(environment);
    const version = { commit, chaos: true };
    await world.platform.createApp(operation, app, version, SETTINGS);
    await world.platform.deploy(operation, app, version, SETTINGS);
    await world.platform.converged(operation, app, { timeoutMs: 90_000 });
    return toolsFor(environment, app);
  };
  const [first = '', ...rest] = recipe.commits;
  return { environment, app, tools: await deploy(first), next: () => deploy(rest.shift() ?? '') };
}

async function toolsFor(environment: Environment, app: App): Promise<MarkerTools> {
  const operation = await world.operation(environment);
  const recipeContext = () => {
    throw new Error('these recipes have no functions');
  };
  const { platform } = world;
  return { platform, operation, app, recipeMarker: undefined, recipeContext, patience: PATIENCE };
}

async function states(tools: MarkerTools, markers: readonly Marker[]): Promise<readonly boolean[][]> {
  const expected = ['original', 'absent'] as const;
  const found = [];
  for (const one of expected) found.push((await check(tools, markers, one)).map(({ ok }) => ok));
  return found;
}

function sql(tools: MarkerTools, argv: readonly [string, ...string[]], input: string) {
  return tools.platform.exec(tools.operation, tools.app, 'db', argv, { input, timeoutMs: 20_000 });
}

describe('a file marker', () => {
  it('is found in a service of another name, and missed in a volume of another name [R-19, F-37]', async () => {
    const labels = '{backupbot.backup: "true", backupbot.backup.path: /usr/share/nginx/html}';
    const moved = { ...SITE, volumes: '["content:/srv/site"]' };
    const lost = { ...SITE, volumes: '["pages:/usr/share/nginx/html"]' };
    const app = await deployed(
      compose({ app: { ...SITE, labels } }, ['content']),
      compose({ web: { ...moved, labels } }, ['content']),
      compose({ web: { ...lost, labels } }, ['pages']),
    );
    expect(await world.platform.serviceFacts(app.app)).toEqual([
      {
        service: 'app',
        image: 'nginx:1.28.0',
        volumes: [
          {
            volume: 'content',
            volumeName: `${app.app.stack}_content`,
            target: '/usr/share/nginx/html',
            readOnly: false,
          },
        ],
        labels: expect.objectContaining({ 'backupbot.backup.path': '/usr/share/nginx/html' }),
        containerLabels: expect.objectContaining({ 'com.docker.stack.namespace': app.app.stack }) as object,
        updateOrder: 'stop-first',
      },
    ]);
    const { markers, keepsData } = await seed(app.tools);
    expect(keepsData).toBe(true);
    expect(markers).toEqual([
      {
        id: 'file content',
        kind: 'file',
        service: 'app',
        what: 'a file in volume content',
        backedUp: true,
        volume: 'content',
        path: expect.stringMatching(/^ci-marker-[0-9a-f]{8}\.txt$/),
        writable: true,
      },
    ]);
    const value = markerValue(app.environment.id);
    const seen = await app.tools.platform.exec(
      app.tools.operation,
      app.app,
      'app',
      ['cat', `/usr/share/nginx/html/${markers[0]?.path}`],
      { timeoutMs: 5000 },
    );
    expect(seen.stdout).toBe(value);

    const renamed = await app.next();
    // The client that deploys a stack leaves what is in it no more.
    await world.docker('service', 'rm', `${app.app.stack}_app`);
    expect(await states(renamed, markers)).toEqual([[true], [false]]);
    expect(await assertTakesChanges(renamed, markers)).toEqual([
      {
        name: 'takes changes: a file in volume content',
        ok: true,
        detail: 'web made a file in /srv/site',
      },
    ]);
    await destroy(renamed, markers);
    expect(await states(renamed, markers)).toEqual([[false], [true]]);
    await seed(renamed);

    const replaced = await app.next();
    const [assertion] = await check(replaced, markers, 'original');
    expect(assertion).toMatchObject({
      name: 'marker a file in volume content is as it was written',
      ok: false,
    });
    expect(assertion?.detail).toBe(`no volume of the app holds ${markers[0]?.path}`);
  });

  it('is no part of the backup where the labelled path turns out to be no folder', async () => {
    const labels = '{backupbot.backup: "true", backupbot.backup.volumes.content.path: nowhere}';
    const { tools } = await deployed(compose({ app: { ...SITE, labels } }, ['content']));
    const { markers } = await seed(tools);
    expect(markers).toMatchObject([{ backedUp: false, path: expect.stringMatching(/^ci-marker-/) }]);
    expect(await check(tools, markers, 'original')).toMatchObject([{ ok: true }]);
  });
});

describe.each([
  {
    engine: 'postgres',
    image: 'postgres:15.13',
    data: '/var/lib/postgresql/data',
    env: '{POSTGRES_USER: blog, POSTGRES_DB: "blog-db", POSTGRES_PASSWORD_FILE: /run/secrets/db_password}',
    client: ['psql', '-U', 'blog', '-d', 'blog-db'] as const,
    database: 'blog-db',
    dropInChat: '\\c chat\nDROP TABLE ci_marker;\n',
    readOnly: 'ALTER SYSTEM SET default_transaction_read_only = on;\nSELECT pg_reload_conf();\n',
    refusal: 'read-only',
  },
  {
    engine: 'mysql',
    image: 'mariadb:10.11.11',
    data: '/var/lib/mysql',
    env: '{MYSQL_ROOT_PASSWORD_FILE: /run/secrets/db_password, MARIADB_USER: blog, MYSQL_PASSWORD_FILE: /run/secrets/db_password, MYSQL_DATABASE: blog_db}',
    client: ['sh', '-c', 'MYSQL_PWD=$(cat /run/secrets/db_password) mariadb blog_db'] as const,
    database: 'blog_db',
    dropInChat: 'DROP TABLE chat.ci_marker;\n',
    readOnly: 'SET GLOBAL read_only = 1;\n',
    refusal: 'read-only',
  },
])(
  'a row marker in $image',
  ({ engine, image, data, env, client, database, dropInChat, readOnly, refusal }) => {
    const more = `    environment: ${env}\n    secrets: [db_password]\n`;
    const site = { ...SITE, labels: '{backupbot.backup: "true"}' };
    const text = compose({ app: site, db: { image, volumes: `["db:${data}"]`, more } }, ['content', 'db']);
    let tools: MarkerTools;
    let markers: readonly Marker[];

    beforeAll(async () => {
      ({ tools } = await deployed(text));
      ({ markers } = await seed(tools));
    });

    it('must come back although the label is on the app alone [F-41]', () => {
      expect(markers).toMatchObject([
        { id: 'row db', kind: 'row', engine, service: 'db', backedUp: true, databases: [database] },
        { id: 'file content', backedUp: true },
      ]);
    });

    it('is original, then absent, then original again [R-21, R-22]', async () => {
      expect(await states(tools, markers)).toEqual([
        [true, true],
        [false, false],
      ]);
      await destroy(tools, markers);
      expect(await states(tools, markers)).toEqual([
        [false, false],
        [true, true],
      ]);
      await seed(tools);
      expect(await states(tools, markers)).toEqual([
        [true, true],
        [false, false],
      ]);
    });

    it('is neither after a restore that only adds or only overwrites', async () => {
      const value = markerValue(tools.operation.environment.id);
      const rows = markers.filter(({ kind }) => kind === 'row');
      await destroy(tools, rows);
      await sql(tools, client, `INSERT INTO ci_marker (id, value) VALUES ('gone', '${value}');\n`);
      expect(await states(tools, rows)).toEqual([[false], [false]]);
      await destroy(tools, rows);
      await sql(tools, client, `UPDATE ci_marker SET value = '${value}' WHERE id = 'kept';\n`);
      expect(await states(tools, rows)).toEqual([[false], [false]]);
    });

    it('is absent together with its table', async () => {
      const rows = markers.filter(({ kind }) => kind === 'row');
      expect((await sql(tools, client, 'DROP TABLE ci_marker;\n')).exitCode).toBe(0);
      expect(await states(tools, rows)).toEqual([[false], [true]]);
      await destroy(tools, rows);
      await seed(tools);
      expect(await states(tools, rows)).toEqual([[true], [false]]);
    });

    it('is in every database of the app, and neither there nor gone where one has lost it [O-01]', async () => {
      expect((await sql(tools, client, 'CREATE DATABASE chat;\n')).exitCode).toBe(0);
      const rows = (await seed(tools)).markers.filter(({ kind }) => kind === 'row');
      expect(rows).toMatchObject([{ databases: [database, 'chat'] }]);
      expect(await states(tools, rows)).toEqual([[true], [false]]);
      expect(await assertTakesChanges(tools, rows)).toMatchObject([{ ok: true }]);
      expect((await sql(tools, client, dropInChat)).exitCode).toBe(0);
      expect(await states(tools, rows)).toEqual([[false], [false]]);
      await destroy(tools, rows);
      expect(await states(tools, rows)).toEqual([[false], [true]]);
      expect((await sql(tools, client, 'DROP DATABASE chat;\n')).exitCode).toBe(0);
      await seed(tools);
    });

    it('shows within its bound that a database takes no changes [R-30 O-01]', async () => {
      expect(await assertTakesChanges(tools, markers)).toMatchObject([
        { name: 'takes changes: a row of table ci_marker in db', ok: true },
        { name: 'takes changes: a file in volume content', ok: true },
      ]);
      expect((await sql(tools, client, readOnly)).exitCode).toBe(0);
      const start = performance.now();
      const [row, file] = await assertTakesChanges(tools, markers);
      expect(performance.now() - start).toBeLessThan(15_000);
      expect(row).toMatchObject({ ok: false, detail: expect.stringContaining(refusal) });
      expect(file).toMatchObject({ ok: true });
      const log = await readFile(world.paths.stageLog(tools.operation.environment.runId, 'install'), 'utf8');
      expect(log.match(/attempt \d+, to be tried again: .*read-only/g)?.length).toBeGreaterThanOrEqual(2);
      // What was there before can still be read.
      expect(await check(tools, markers, 'original')).toMatchObject([{ ok: true }, { ok: true }]);
    });
  },
);

describe('a service without a container', () => {
  it('is asked for nothing', async () => {
    const asleep = { image: 'postgres:15.13', volumes: '["db:/var/lib/postgresql/data"]' };
    const text = compose({ app: SITE, db: asleep }, ['content', 'db']);
    const { tools } = await deployed(text.replace(/(image: postgres[^]*?deploy: \{)/, '$1replicas: 0, '));
    expect((await tools.platform.serviceFacts(tools.app)).map(({ service }) => service)).toEqual(['app']);
    expect(await seed(tools)).toMatchObject({ markers: [{ id: 'file content' }], unplaced: [] });
  });
});

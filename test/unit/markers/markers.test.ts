import { describe, expect, it } from 'vitest';
import { check, destroy } from '../../../activities/support/markers/check.ts';
import { seed } from '../../../activities/support/markers/seed.ts';
import type { CommandResult } from '../../../activities/support/run-command.ts';
import { CodedError } from '../../../domain/errors.ts';
import { markerValue, type Marker } from '../../../domain/markers.ts';
import { facts, fakeClient, fakeTools, SECRET } from './fake-tools.ts';

const VALUE = markerValue('0a6f4a52-92c9-4e0f-8d35-0d7f5b2a9a01');
const AS_WRITTEN = `gone\t${VALUE}\nkept\t${VALUE}\n`;
const done = (stdout: string): CommandResult => ({ exitCode: 0, stdout, stderr: '' });
const failed = (stderr: string, exitCode = 2): CommandResult => ({ exitCode, stdout: '', stderr });
/** A container whose shell makes the file that a probe asks for. */
const takesFiles = (_service: string, argv: readonly string[]) => done(argv.at(-1) ?? '');

describe('seeding', () => {
  it('writes, reads back and finds out whether the container itself could write there', async () => {
    const writable = fakeTools({ exec: takesFiles });
    expect(await seed(writable.tools)).toMatchObject({ markers: [{ writable: true }], keepsData: true });
    expect([...writable.app.files.values()]).toEqual([VALUE]);
    const readOnly = fakeTools({ exec: () => failed('sh: Permission denied') });
    expect((await seed(readOnly.tools)).markers).toMatchObject([{ writable: false }]);
    const without = fakeTools({ exec: () => failed('no such file', 127) });
    expect((await seed(without.tools)).markers[0]).not.toHaveProperty('writable');
  });

  it('leaves a known file where it is, writes one that is gone or changed, and every row', async () => {
    const rows = `gone|${VALUE}\nkept|${VALUE}\n`;
    const client = fakeClient({ blog: rows });
    const asked: string[] = [];
    const { tools, app } = fakeTools({
      facts: [facts('app', 'nginx:1', { content: '/srv' }), facts('db', 'postgres:15.13')],
      exec: (service, argv, input) => {
        asked.push(input);
        return service === 'db' ? client(service, argv, input) : done(argv.at(-1) ?? '');
      },
    });
    const { markers } = await seed(tools);
    const [path = ''] = app.files.keys();
    const writes: string[] = [];
    const platform = {
      ...tools.platform,
      writeVolumeFile: async (...[, , file, content]: Parameters<typeof tools.platform.writeVolumeFile>) => {
        writes.push(file.path);
        app.files.set(file.path, content);
      },
    };
    const again = () => seed({ ...tools, platform }, markers);
    asked.length = 0;
    expect((await again()).markers).toEqual(markers);
    expect(writes).toEqual([]);
    expect(asked.some((sql) => sql.includes('CREATE TABLE'))).toBe(true);
    app.files.set(path, 'changed by the app');
    expect((await again()).markers).toEqual(markers);
    app.files.delete(path);
    expect((await again()).markers).toEqual(markers);
    expect(writes).toEqual([path, path]);
    expect(app.files.get(path)).toBe(VALUE);
  });

  it('says that an app without volumes keeps nothing', async () => {
    const { tools } = fakeTools({ facts: [facts('app', 'nginx:1.29.0')] });
    expect(await seed(tools)).toEqual({ markers: [], unplaced: [], keepsData: false });
  });

  it('waits for a database that does not answer yet, and goes on without one that never does [H-05]', async () => {
    const services = [facts('db', 'postgres:15.13'), facts('app', 'nginx:1', { content: '/srv' })];
    let calls = 0;
    const client = fakeClient({ blog: `gone|${VALUE}\nkept|${VALUE}\n` });
    const late = fakeTools({
      facts: services.slice(0, 1),
      boundMs: 20_000,
      exec: (...call) =>
        (calls += 1) < 3 ? failed('FATAL:  the database system is starting up') : client(...call),
    });
    expect(await seed(late.tools)).toMatchObject({
      markers: [{ id: 'row db', databases: ['blog'] }],
      unplaced: [],
    });
    expect(late.logged.filter((line) => line.includes('to be tried again'))).toHaveLength(2);
    const never = fakeTools({
      facts: services,
      exec: (service, argv) =>
        service === 'app' ? done(argv.at(-1) ?? '') : failed(`FATAL:  no room, password ${SECRET}`),
    });
    const { markers, unplaced } = await seed(never.tools);
    expect(markers.map(({ id }) => id)).toEqual(['file content']);
    expect(unplaced).toEqual([
      {
        service: 'db',
        what: 'a row of table ci_marker in db',
        reason: expect.stringMatching(/^a row .* cannot be written: FATAL: no room, password \[redacted\]$/),
        backedUp: true,
      },
    ]);
  });

  it('writes into every database of the app, and proves nothing where one does not take it', async () => {
    const rows = `gone|${VALUE}\nkept|${VALUE}\n`;
    const both = fakeTools({
      facts: [facts('db', 'postgres:15.13')],
      exec: fakeClient({ blog: rows, chat: rows }),
    });
    expect((await seed(both.tools)).markers).toMatchObject([{ id: 'row db', databases: ['blog', 'chat'] }]);
    expect(both.logged.at(-1)).toMatch(/blog: row kept is .*; chat: row kept is /);
    const one = fakeTools({
      facts: [facts('db', 'postgres:15.13', {}, {})],
      exec: fakeClient({ blog: rows, chat: [3, 'ERROR:  42501: permission denied for schema public'] }),
    });
    expect(await seed(one.tools)).toMatchObject({
      markers: [],
      unplaced: [
        { service: 'db', reason: expect.stringMatching(/chat: ERROR: 42501: permission/), backedUp: false },
      ],
    });
  });

  it('proves nothing about a server that has no database yet', async () => {
    const { tools } = fakeTools({ facts: [facts('db', 'mariadb:11')], exec: () => done('\n') });
    expect((await seed(tools)).unplaced).toMatchObject([
      { reason: expect.stringMatching(/: the server of db has no database of the app$/) },
    ]);
  });

  it('proves nothing where what was written is not there', async () => {
    const { tools } = fakeTools({ facts: [facts('db', 'postgres:15.13')], exec: fakeClient({ blog: '' }) });
    expect(await seed(tools)).toMatchObject({
      markers: [],
      unplaced: [{ reason: expect.stringMatching(/was written, but then: blog: row kept is missing/) }],
    });
  });

  it('leaves labelled folders out that are not there, and goes to the root where none is', async () => {
    const labels = { 'backupbot.backup': 'true', 'backupbot.backup.volumes.content.path': 'media,keys' };
    const services = [facts('app', 'nginx:1', { content: '/srv' }, labels)];
    const gone = new CodedError('E_MARKER', 'the folder is not in volume content');
    const one = fakeTools({ facts: services, exec: takesFiles, refusals: { media: gone } });
    expect(await seed(one.tools)).toMatchObject({
      markers: [{ id: 'file content/keys', backedUp: true }],
      unplaced: [],
    });
    const both = fakeTools({ facts: services, exec: takesFiles, refusals: { media: gone, keys: gone } });
    expect(await seed(both.tools)).toMatchObject({
      markers: [{ id: 'file content', path: expect.stringMatching(/^ci-marker/), backedUp: false }],
      unplaced: [],
    });
    const refusals = { media: gone, keys: gone, '.': gone };
    expect(await seed(fakeTools({ facts: services, refusals }).tools)).toMatchObject({
      markers: [],
      unplaced: [{ service: 'app', what: 'a file in volume content', backedUp: false }],
    });
  });

  it('lets failures of the platform pass as they are', async () => {
    const { tools } = fakeTools({
      facts: [facts('db', 'postgres:15.13')],
      exec: () => {
        throw new CodedError('E_DOCKER', 'no running container of db; services: postgres');
      },
    });
    await expect(seed(tools)).rejects.toMatchObject({ code: 'E_DOCKER' });
  });
});

describe('checking a row', () => {
  const rows = (...texts: readonly (string | readonly [number, string])[]) => {
    const databases = Object.fromEntries(texts.map((text, index) => [`blog${index}`, text]));
    return fakeTools({ facts: [facts('db', 'mariadb:11')], exec: fakeClient(databases) }).tools;
  };
  const marker = {
    id: 'row db',
    kind: 'row',
    service: 'db',
    what: 'a row of table ci_marker in db',
    backedUp: true,
    engine: 'mysql',
    databases: ['blog0'],
  } satisfies Marker;

  it.each([
    ['both as written', `gone\t${VALUE}\nkept\t${VALUE}\n`, true, false],
    ['only what was removed is back', `gone\t${VALUE}\nkept\tdestroyed\n`, false, false],
    ['only what was changed is back', `kept\t${VALUE}\n`, false, false],
    ['destroyed', 'kept\tdestroyed\n', false, true],
    ['an empty table', '', false, true],
    ['the value of another run', 'gone\tci-2\nkept\tci-2\n', false, false],
  ])('%s [R-21]', async (_what, text, original, absent) => {
    expect(await check(rows(text), [marker], 'original')).toMatchObject([{ ok: original }]);
    expect(await check(rows(text), [marker], 'absent')).toMatchObject([{ ok: absent }]);
  });

  it.each([
    ['both hold it', AS_WRITTEN, true, false],
    ['neither holds it', 'kept\tdestroyed\n', false, true],
    [
      'one has lost its table',
      [1, "ERROR 1146 (42S02): Table 'blog1.ci_marker' doesn't exist"],
      false,
      false,
    ],
    ['one cannot be read', [1, 'ERROR 1045 (28000): Access denied'], false, false],
  ] as const)('of two databases: %s [R-21]', async (_what, second, original, absent) => {
    const both = { ...marker, databases: ['blog0', 'blog1'] };
    const first = absent ? '' : AS_WRITTEN;
    expect(await check(rows(first, second), [both], 'original')).toMatchObject([{ ok: original }]);
    expect(await check(rows(first, second), [both], 'absent')).toMatchObject([{ ok: absent }]);
  });

  it('is destroyed where there is a table, and stays where the server refuses', async () => {
    const both = { ...marker, databases: ['blog0', 'blog1'] };
    const missing = [1, "ERROR 1146 (42S02): Table 'blog1.ci_marker' doesn't exist"] as const;
    await expect(destroy(rows('', missing), [both])).resolves.toBeUndefined();
    const refused = [1, 'ERROR 1290 (HY000): running with the --read-only option'] as const;
    await expect(destroy(rows('', refused), [both])).rejects.toThrow(
      /cannot be destroyed: blog1: ERROR 1290/,
    );
  });

  it('is not taken for absent while the database cannot be read', async () => {
    const { tools } = fakeTools({
      facts: [facts('db', 'mariadb:11')],
      exec: () => failed(`ERROR 2002 (HY000): no server, password ${SECRET}`, 1),
    });
    const [assertion] = await check(tools, [marker], 'absent');
    expect(assertion).toMatchObject({ ok: false, detail: expect.stringContaining('ERROR 2002') });
    expect(assertion?.detail).not.toContain(SECRET);
  });

  it('follows a database whose service has another name now, and no other database [F-37]', async () => {
    const other = { ...marker, id: 'row stats', service: 'stats', what: 'a row of table ci_marker in stats' };
    const asked: string[] = [];
    const { tools, app } = fakeTools({
      facts: [facts('stats', 'mariadb:11'), facts('mariadb', 'mariadb:11'), facts('cache', 'redis:7')],
      exec: (service, argv, input) => {
        asked.push(service);
        return fakeClient({ blog0: AS_WRITTEN })(service, argv, input);
      },
    });
    expect(await check(tools, [marker, other], 'original')).toMatchObject([{ ok: true }, { ok: true }]);
    expect(asked).toEqual(['mariadb', 'stats']);
    app.facts = app.facts.filter(({ service }) => service !== 'mariadb');
    expect(await check(tools, [marker, other], 'original')).toMatchObject([{ ok: false }, { ok: true }]);
  });
});

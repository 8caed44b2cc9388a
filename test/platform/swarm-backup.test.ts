import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBackup } from '../../activities/backup.ts';
import { openOperation } from '../../activities/support/open-operation.ts';
import type { Operation } from '../../activities/support/operation.ts';
import type { BackupOutcome } from '../../activities/types.ts';
import { declaredBackup } from '../../domain/backup-labels.ts';
import type { App, Environment } from '../../domain/plan.ts';
import { testConfig } from '../unit/activities/test-config.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe } from './tiny-recipe.ts';

const DOCS = '/usr/share/nginx/html/docs';
/** Writes a dump that is one. */
const DUMP = `echo 'CREATE TABLE notes ();' > /dumps/backup.sql`;

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

/** Labels of the service `db`, whose volume `dumps` is at /dumps. */
const v2 = (labels: Readonly<Record<string, string>>) => ({
  'backupbot.backup': 'true',
  'backupbot.backup.volumes.dumps.path': 'backup.sql',
  ...labels,
});

function recipeFiles(
  labels: Readonly<Record<string, string>>,
  appLabels: readonly string[],
  containerLabels: Readonly<Record<string, string>>,
) {
  const labelled = Object.entries(labels).map(
    ([key, value]) => `        ${key}: ${JSON.stringify(value.replaceAll('$', '$$$$'))}\n`,
  );
  const services = `  db:
    image: nginx:1.29.1
    command: ["sleep", "infinity"]
    init: true
    stop_grace_period: 1s
    networks: [internal]
    volumes: ["dumps:/dumps"]
    labels: ${JSON.stringify(containerLabels)}
    deploy:
      restart_policy: {condition: any, delay: 1s}
      labels:
        some: label
${labelled.join('')}`;
  const files = tinyRecipe({ image: 'nginx:1.29.1', services });
  const compose = files['compose.yml']
    .replace('volumes:\n  content:\n', 'volumes:\n  content:\n  dumps:\n')
    .replace('      labels:\n', (line) => line + appLabels.map((label) => `        - "${label}"\n`).join(''));
  return { ...files, 'compose.yml': compose };
}

let tokens = 1000;
const operate = (environment: Environment): Promise<Operation> =>
  openOperation({ ...world.options(environment), token: (tokens += 1) });

async function running(
  labels: Readonly<Record<string, string>>,
  appLabels: readonly string[] = [],
  containerLabels: Readonly<Record<string, string>> = {},
) {
  const recipe = await world.recipe([{ files: recipeFiles(labels, appLabels, containerLabels) }]);
  const scene = world.environment(recipe.path);
  const head = { commit: recipe.commits[0] ?? '', chaos: true };
  const operation = await operate(scene.environment);
  await world.platform.createApp(operation, scene.app, head, SETTINGS);
  await world.platform.deploy(operation, scene.app, head, SETTINGS);
  await world.platform.converged(operation, scene.app, { timeoutMs: 60_000 });
  return { ...scene, operation };
}

async function shell(operation: Operation, app: App, service: string, script: string): Promise<string> {
  const argv = ['sh', '-c', script] as const;
  const result = await world.platform.exec(operation, app, service, argv, { timeoutMs: 20_000 });
  return result.stdout.trim();
}

/** The activity, as a worker runs it, with the markers of nobody. */
function backUp(environment: Environment, app: App): Promise<BackupOutcome> {
  const deps = {
    config: testConfig(world.data),
    paths: world.paths,
    platform: world.platform,
    checkout: world.data,
  };
  const version = { commit: '0'.repeat(40), chaos: true };
  const activity = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: (tokens += 1) });
  const body = (): Promise<BackupOutcome> =>
    createBackup(deps, { environment, app, version, stage: 'backup', markers: [] });
  return activity.run(body);
}

const helpers = (environment: Environment) =>
  world.docker(
    ...['ps', '--all', '--quiet', '--filter', 'label=cc-ci.helper'],
    ...['--filter', `label=cc-ci.environment=${environment.id}`],
  );

it('brings back what labels of version 1 and 2 name, with owners and modes, and deletes nothing [R-27]', async () => {
  const { environment, app, operation } = await running(
    v2({
      'backupbot.backup.pre-hook': `bash -c '${DUMP.replaceAll("'", '"')} && chown 33:44 /dumps/backup.sql'`,
      'backupbot.backup.post-hook': '"touch /dumps/after"',
      'backupbot.restore.pre-hook': 'touch /dumps/before-restore',
      'backupbot.restore.post-hook': 'cp -p /dumps/backup.sql /dumps/read-in',
    }),
    ['backupbot.backup=true', `backupbot.backup.path=${DOCS}`],
  );
  const made = `cd ${DOCS} && printf secret > f && ln -s f link && chown -R 33:44 . && chmod 2770 . && chmod 4751 f`;
  await shell(operation, app, 'app', `mkdir ${DOCS} && ${made} && echo out > ${DOCS}/../outside`);
  const listing = `cd ${DOCS} && stat -c '%n %u:%g %a %F' . f link && cat f`;
  const before = await shell(operation, app, 'app', listing);

  const argv: string[] = [];
  const watched: Operation = {
    ...operation,
    run: (words, options) => {
      argv.push(...words);
      return operation.run(words, options);
    },
  };
  const snapshot = await world.platform.createBackup(watched, app);
  if (!snapshot) throw new Error('no snapshot');
  expect(snapshot.services.map(({ service, version }) => `${service} ${version}`)).toEqual([
    'app v1',
    'db v2',
  ]);
  const contents = await world.platform.snapshotContents(watched, app, snapshot);
  expect(contents.filter(({ type }) => type !== 'folder')).toEqual([
    { volume: 'content', path: 'docs/f', type: 'file', bytes: 6 },
    { volume: 'content', path: 'docs/link', type: 'other', bytes: 0 },
    { volume: 'dumps', path: 'backup.sql', type: 'file', bytes: 23, dump: 'data' },
  ]);

  await shell(operation, app, 'app', `rm -rf ${DOCS} && mkdir ${DOCS} && echo new > ${DOCS}/new`);
  await shell(operation, app, 'db', 'echo broken > /dumps/backup.sql && chown 0:0 /dumps/backup.sql');
  await world.platform.restoreBackup(watched, app, snapshot);

  expect(await shell(operation, app, 'app', listing)).toBe(before);
  expect(before).toContain('. 33:44 2770 directory');
  expect(await shell(operation, app, 'app', `cat ${DOCS}/new ${DOCS}/../outside`)).toBe('new\nout');
  expect(
    await shell(operation, app, 'db', 'cat /dumps/read-in; stat -c %u:%g /dumps/read-in; ls /dumps'),
  ).toBe('CREATE TABLE notes ();\n33:44\nafter\nbackup.sql\nbefore-restore\nread-in');

  const folder = world.paths.environment(environment.id).private;
  const password = await readFile(join(folder, 'restic-password'), 'utf8');
  expect(password).toMatch(/^[\w-]{32}$/);
  expect(argv.filter((word) => word.includes(password))).toEqual([]);
  const inventory = await world.platform.inventory({ environment });
  expect(inventory).toContainEqual(
    expect.objectContaining({ name: `${app.stack}_cc-ci-backups`, environmentId: environment.id }),
  );
  await world.remove(environment);
  expect(await world.platform.inventory({ environment })).toEqual([]);
});

it('sees a hook that fails inside a pipe, and runs the post-hook all the same [R-28]', async () => {
  const { app, operation } = await running(
    v2({
      'backupbot.backup.pre-hook': `{ echo half; echo 'no such database' >&2; false; } | gzip > /dumps/backup.sql`,
      'backupbot.backup.post-hook': 'touch /dumps/after',
    }),
  );
  await expect(world.platform.createBackup(operation, app)).rejects.toMatchObject({
    code: 'E_HOOK',
    message: expect.stringMatching(/backup pre-hook of db ended with 1: no such database/) as string,
  });
  expect(await shell(operation, app, 'db', 'ls /dumps/after')).toBe('/dumps/after');
});

it('does not take a compressed dump of nothing for a backup, however often it is made [R-25, F-45]', async () => {
  const { environment, app } = await running(
    v2({
      'backupbot.backup.volumes.dumps.path': 'backup.sql.gz',
      // As in a script without pipefail: the dump fails and nobody is told.
      'backupbot.backup.pre-hook': '{ false; true; } | gzip > /dumps/backup.sql.gz',
    }),
  );
  const outcome = await backUp(environment, app);
  expect(outcome.snapshot).toBeUndefined();
  expect(outcome.attempts.map(({ attempt, files }) => [attempt, files])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  for (const { faults } of outcome.attempts)
    expect(faults).toEqual(['dumps/backup.sql.gz has nothing in it to restore (20 bytes)']);
});

it('makes the whole backup again when a container is replaced meanwhile, and keeps both attempts [F-44, F-48]', async () => {
  const { environment, app } = await running(
    v2({
      'backupbot.backup.pre-hook': `if [ -e /dumps/twice ]; then ${DUMP}; else touch /dumps/twice; sleep 60; fi`,
    }),
  );
  const backingUp = backUp(environment, app);
  const looking = await world.docker('ps', '-q', '--filter', `name=${app.stack}_db`);
  while ((await world.docker('exec', looking, 'sh', '-c', 'ls /dumps')) !== 'twice') await delay(100);
  await world.docker('rm', '--force', looking);

  const { snapshot, attempts } = await backingUp;
  expect(attempts.map(({ attempt, snapshot: id }) => [attempt, id])).toEqual([
    [1, undefined],
    [2, snapshot?.id],
  ]);
  expect(attempts[0]?.faults.join()).toContain('db was replaced while it was being saved');
  expect(attempts[1]).toMatchObject({ faults: [], files: 1 });

  const states = await readFile(world.paths.states(environment.runId), 'utf8');
  expect(states.trim().split('\n').length).toBeGreaterThanOrEqual(3);
  // A worker that died before it could report is followed by one that finds the backup made.
  expect(await backUp(environment, app)).toEqual({ snapshot, attempts });
});

it('ends the restic of an attempt that was superseded, and the lock that it leaves [R-25]', async () => {
  const { environment, app, operation } = await running(v2({ 'backupbot.backup.volumes.dumps.path': 'big' }));
  await shell(operation, app, 'db', 'head -c 400000000 /dev/urandom > /dumps/big');
  const first = world.platform.createBackup(operation, app).catch((error: unknown) => error);
  let helper = '';
  const locksOfFirst = async (): Promise<string> => {
    helper = await helpers(environment);
    if (helper === '') return '';
    return world.docker('exec', helper, 'sh', '-c', 'ls /repository/locks').catch(() => '');
  };
  while ((await locksOfFirst()) === '') await delay(50);

  const second = await operate(environment);
  expect(await first).toMatchObject({ code: 'E_FENCED' });
  expect(await helpers(environment)).toBe(helper);
  const snapshot = await world.platform.createBackup(second, app);
  expect(snapshot?.id).toMatch(/^[0-9a-f]{8}$/);
  expect(await helpers(environment)).toBe('');
  const mount = `type=volume,src=${app.stack}_cc-ci-backups,dst=/repository`;
  const look = ['run', '--rm', '--network=none', '--entrypoint=ls', '--mount', mount];
  expect(await world.docker(...look, 'restic/restic:0.14.0', '/repository/locks')).toBe('');
});

it('ends the hook that a superseded attempt left running, before its own one starts [R-25]', async () => {
  const wait = 'setpriv --reuid=65534 --clear-groups sleep 71234 & exec sleep 71234';
  const { environment, app, operation } = await running(
    v2({
      'backupbot.backup.pre-hook': `if [ -e /dumps/twice ]; then ${DUMP}; else touch /dumps/twice; ${wait}; fi`,
    }),
  );
  const sleepers = `grep -la 71234 /proc/[0-9]*/cmdline | wc -l`;
  const first = world.platform.createBackup(operation, app).catch((error: unknown) => error);
  const container = await world.docker('ps', '-q', '--filter', `name=${app.stack}_db`);
  const count = () => world.docker('exec', container, 'bash', '-c', sleepers.replace('71234', '7123[4]'));
  while (Number(await count()) < 2) await delay(100);

  const second = await operate(environment);
  expect(await first).toMatchObject({ code: 'E_FENCED' });
  expect(Number(await count())).toBeGreaterThanOrEqual(2);
  await world.platform.createBackup(second, app);
  expect(await count()).toBe('0');
});

it('uses the repository that was made ahead, and makes none where no label asks for one', async () => {
  const { app, operation } = await running(v2({ 'backupbot.backup.pre-hook': DUMP }));
  await world.platform.prepareBackup(operation, app);
  await world.platform.prepareBackup(operation, app);
  const repository = () => world.docker('volume', 'ls', '-q', '--filter', `name=${app.stack}_cc-ci-backups`);
  expect(await repository()).toBe(`${app.stack}_cc-ci-backups`);
  const snapshot = await world.platform.createBackup(operation, app);
  expect(snapshot?.id).toMatch(/^[0-9a-f]{8}$/);
  const silent = await running({ 'backupbot.backup': 'false' });
  await world.platform.prepareBackup(silent.operation, silent.app);
  const none = await world.docker('volume', 'ls', '-q', '--filter', `name=${silent.app.stack}_cc-ci-backups`);
  expect(none).toBe('');
});

it('finds nothing to save where no label asks for it, and nothing in what does not exist', async () => {
  const silent = await running({ 'backupbot.backup': 'false', 'backupbot.backup.pre-hook': 'false' });
  expect(await world.platform.createBackup(silent.operation, silent.app)).toBeUndefined();
  expect(declaredBackup(await world.platform.serviceFacts(silent.app))).toBeUndefined();
  const misplaced = await running({}, [], { 'backupbot.backup': 'true' });
  expect((await backUp(misplaced.environment, misplaced.app)).declared).toMatch(/: db$/);
  const lost = await running(v2({ 'backupbot.backup.pre-hook': 'true' }));
  await expect(world.platform.createBackup(lost.operation, lost.app)).rejects.toMatchObject({
    code: 'E_BACKUP_INCOMPLETE',
    message: expect.stringContaining('/volumes/dumps/backup.sql') as string,
  });
});

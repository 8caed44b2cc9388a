import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackup, restoreBackup } from '../../../activities/backup.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import type { Platform } from '../../../activities/platform/port.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import type { BackupOutcome } from '../../../activities/types.ts';
import type { Snapshot, SnapshotEntry } from '../../../domain/backup.ts';
import { CodedError } from '../../../domain/errors.ts';
import type { App, Environment } from '../../../domain/plan.ts';
import { testConfig } from '../activities/test-config.ts';

const app: App = {
  role: 'app',
  recipe: 'sample',
  source: '/srv/sample',
  domain: 'samp-app.ci.test',
  stack: 'samp-app_ci_test',
};
const DUMP: SnapshotEntry = { volume: 'db', path: 'backup.sql', type: 'file', bytes: 100 };

let data: string;
let environment: Environment;
let calls: string[];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-backup-'));
  environment = {
    id: crypto.randomUUID(),
    runId: 'run-sample',
    instance: '0a1b2c3d',
    host: 'test',
    apps: [app],
  };
  calls = [];
});
afterEach(() => rm(data, { recursive: true, force: true }));

const snapshot = (id: string): Snapshot => ({
  id,
  services: [
    {
      service: 'db',
      version: 'v2',
      paths: [{ volume: 'db', volumeName: `${app.stack}_db`, path: 'backup.sql' }],
    },
  ],
});

type Backup = readonly SnapshotEntry[] | CodedError | undefined;

/** A platform on which each backup comes to the next of what is given: an error, the contents, or nothing to save. */
function platformOf(backups: readonly Backup[]): Platform {
  const contents = new Map<string, readonly SnapshotEntry[]>();
  let made = 0;
  return {
    ...createDummyPlatform({}),
    serviceStates: () => Promise.resolve([]),
    converged: () => {
      calls.push('converged');
      return Promise.resolve([]);
    },
    createBackup: () => {
      calls.push('createBackup');
      const backup = backups[made];
      made += 1;
      if (backup === undefined) return Promise.resolve(undefined);
      if (backup instanceof CodedError) return Promise.reject(backup);
      const one = snapshot(`id${made}`);
      contents.set(one.id, backup);
      return Promise.resolve(one);
    },
    snapshotContents: (_operation, _app, { id }) => Promise.resolve(contents.get(id) ?? []),
    restoreBackup: () => {
      calls.push('restoreBackup');
      return Promise.resolve();
    },
  };
}

let token = 0;
const version = { commit: '0'.repeat(40), chaos: true };
const inActivity = <T>(body: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: (token += 1) }).run(body);

function depsOf(platform: Platform) {
  return { config: testConfig(data), paths: hostPaths(data), platform, checkout: data };
}

function backUp(platform: Platform): Promise<BackupOutcome> {
  const input = { environment, app, version, stage: 'backup' as const, markers: [] };
  return inActivity(() => createBackup(depsOf(platform), input));
}

const linesOf = async (path: string): Promise<unknown[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('a backup', () => {
  it('is made anew as a whole, after the app has settled, until nothing is missing [R-25, F-49]', async () => {
    const hook = new CodedError('E_HOOK', 'db ended with 127: /pg_backup.sh: No such file');
    const outcome = await backUp(platformOf([hook, [], [DUMP]]));
    expect(outcome).toEqual({
      snapshot: snapshot('id3'),
      attempts: [
        { attempt: 1, files: 0, bytes: 0, code: 'E_HOOK', faults: [hook.message] },
        {
          attempt: 2,
          files: 0,
          bytes: 0,
          snapshot: 'id2',
          faults: ['db: db/backup.sql is not in the snapshot'],
        },
        { attempt: 3, files: 1, bytes: 100, snapshot: 'id3', faults: [] },
      ],
    });
    expect(calls).toEqual(Array.from({ length: 3 }, () => ['converged', 'createBackup']).flat());
  });

  it('is given up after three attempts, all of which are kept [R-25 R-26]', async () => {
    const gone = new CodedError('E_DOCKER', 'no running container of db');
    const outcome = await backUp(platformOf([gone, [], gone, [DUMP]]));
    expect(outcome).not.toHaveProperty('snapshot');
    expect(outcome.attempts.map(({ attempt, faults }) => [attempt, faults.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    const recorded = await linesOf(hostPaths(data).backupAttempts(environment.runId));
    expect(recorded).toMatchObject(outcome.attempts);
  });

  it('is not made where no label asks for one [F-50]', async () => {
    expect(await backUp(platformOf([undefined]))).toEqual({ attempts: [] });
    expect(calls).toEqual(['converged', 'createBackup']);
  });

  it('lets what is no fault of the attempt pass, at once', async () => {
    const failing = backUp(platformOf([new CodedError('E_COMMAND', 'docker ended with 125'), [DUMP]]));
    await expect(failing).rejects.toMatchObject({ type: 'E_COMMAND', nonRetryable: false });
    expect(calls).toEqual(['converged', 'createBackup']);
  });

  it('goes on counting after a crash, and may not shrink to less than half of what was saved [O-11 R-26]', async () => {
    const platform = platformOf([[DUMP], [{ ...DUMP, bytes: 49 }], [{ ...DUMP, bytes: 50 }]]);
    await backUp(platform);
    const { attempts } = await backUp(platform);
    expect(attempts.map(({ attempt, bytes, faults }) => [attempt, bytes, faults.length])).toEqual([
      [1, 100, 0],
      [2, 49, 1],
      [3, 50, 0],
    ]);
    environment = { ...environment, id: crypto.randomUUID() };
    const other = await backUp(platformOf([[{ ...DUMP, bytes: 1 }]]));
    expect(other.attempts.map(({ attempt, faults }) => [attempt, faults])).toEqual([[1, []]]);
  });

  it('carries no more of its faults than a payload may', async () => {
    const long = await backUp(platformOf([new CodedError('E_HOOK', 'x'.repeat(100_000)), [DUMP]]));
    expect(JSON.stringify(long).length).toBeLessThan(4096);
  });

  it('leaves samples of the services around it, even when these cannot be had [H-24 R-61]', async () => {
    const platform = platformOf([[DUMP]]);
    let looks = 0;
    await backUp({
      ...platform,
      serviceStates: () => {
        looks += 1;
        return looks === 1 ? Promise.reject(new Error('away')) : platform.serviceStates(app);
      },
    });
    expect(await linesOf(hostPaths(data).states(environment.runId))).toMatchObject([
      { stage: 'backup', app: app.domain, error: 'away' },
      { stage: 'backup', app: app.domain, services: [] },
    ]);
  });
});

it('restores once the app has settled', async () => {
  const input = { environment, app, version, stage: 'restore' as const, snapshot: snapshot('id1') };
  expect(await inActivity(() => restoreBackup(depsOf(platformOf([])), input))).toBeNull();
  expect(calls).toEqual(['converged', 'restoreBackup']);
});

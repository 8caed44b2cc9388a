import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackup, restoreBackup } from '../../../activities/backup.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import type { Platform, ServiceFacts } from '../../../activities/platform/port.ts';
import { keepBackupSizes } from '../../../activities/support/backup-sizes.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import type { BackupOutcome } from '../../../activities/types.ts';
import type { Snapshot, SnapshotEntry } from '../../../domain/backup.ts';
import { CodedError } from '../../../domain/errors.ts';
import type { App, Environment } from '../../../domain/plan.ts';
import { sampleResults } from '../support/sample-results.ts';
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
function platformOf(backups: readonly Backup[], faultsOfRestore: readonly CodedError[] = []): Platform {
  const restores = [...faultsOfRestore];
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
      const fault = restores.shift();
      return fault ? Promise.reject(fault) : Promise.resolve();
    },
  };
}

function serviceFactsWith(labels: Readonly<Record<string, string>>): ServiceFacts[] {
  return [{ service: 'db', image: 'postgres:16', volumes: [], labels, updateOrder: 'stop-first' }];
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

  it('is given up after three attempts, all of which are kept [R-25, R-26]', async () => {
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

  it('that is not made says why it looks as if one were meant [F-50]', async () => {
    const facts = serviceFactsWith({ 'backupbot.backup.pre-hook': 'dump' });
    const platform = { ...platformOf([undefined]), serviceFacts: () => Promise.resolve(facts) };
    expect(await backUp(platform)).toEqual({
      attempts: [],
      declared: 'backup labels without backupbot.backup being on or off: db',
    });
  });

  it('lets what is no fault of the attempt pass, at once', async () => {
    const failing = backUp(platformOf([new CodedError('E_FENCED', 'superseded'), [DUMP]]));
    await expect(failing).rejects.toMatchObject({ type: 'E_FENCED' });
    expect(calls).toEqual(['converged', 'createBackup']);
  });

  it('is bounded also where the helper fails, for every attempt runs the hooks [R-25]', async () => {
    const failed = new CodedError('E_COMMAND', 'docker ended with 125');
    const { attempts, snapshot: id } = await backUp(platformOf([failed, failed, failed, [DUMP]]));
    expect(id).toBeUndefined();
    expect(attempts.map(({ code }) => code)).toEqual(['E_COMMAND', 'E_COMMAND', 'E_COMMAND']);
  });

  it('that was complete is the outcome after a crash, and none is made again [R-25, R-26]', async () => {
    const platform = platformOf([[], [DUMP], [DUMP]]);
    const first = await backUp(platform);
    expect(first.snapshot?.id).toBe('id2');
    calls = [];
    expect(await backUp(platform)).toEqual(first);
    expect(calls).toEqual([]);
  });

  it('is made again after a crash when its snapshot does not hold any more what is promised [R-25]', async () => {
    const platform = platformOf([[DUMP], [DUMP]]);
    await backUp(platform);
    const { snapshotContents } = platform;
    const lost: Platform = {
      ...platform,
      snapshotContents: (operation, of, one) =>
        one.id === 'id1' ? Promise.resolve([]) : snapshotContents(operation, of, one),
    };
    const again = await backUp(lost);
    expect(again.snapshot?.id).toBe('id2');
    expect(again.attempts.map(({ faults }) => faults)).toEqual([
      ['db: db/backup.sql is not in the snapshot'],
      [],
    ]);
  });

  it('is not tried beyond the bound by a worker that follows a dead one [R-25]', async () => {
    const platform = platformOf([[], [], [], [DUMP]]);
    const first = await backUp(platform);
    calls = [];
    expect(await backUp(platform)).toEqual(first);
    expect(calls).toEqual([]);
    expect(first.attempts).toHaveLength(3);
  });

  it('may not shrink to less than half of that of the last run that passed [O-11]', async () => {
    const runs = [10_000, 4999, 5000];
    const attemptsOf: unknown[] = [];
    for (const bytes of runs) {
      environment = { ...environment, id: crypto.randomUUID(), runId: `run-${bytes}` };
      const small = { ...DUMP, bytes };
      const { attempts } = await backUp(platformOf([small, small, small].map((entry) => [entry])));
      attemptsOf.push(attempts.map(({ faults }) => faults.length));
      const verdict = attempts.some(({ faults }) => faults.length === 0) ? 'passed' : 'failed';
      const { runId, id: environmentId } = environment;
      await keepBackupSizes(
        hostPaths(data),
        sampleResults({ runId, environmentId, recipe: app.recipe, verdict }),
      );
    }
    expect(attemptsOf).toEqual([[0], [1, 1, 1], [0]]);
  });

  it('carries no more of its faults than a payload may', async () => {
    const long = await backUp(platformOf([new CodedError('E_HOOK', 'x'.repeat(100_000)), [DUMP]]));
    expect(JSON.stringify(long).length).toBeLessThan(4096);
  });

  it('leaves samples of the services around it, even when these cannot be had [H-24, R-61]', async () => {
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

describe('a restore', () => {
  const restore = (platform: Platform): Promise<null> => {
    const input = { environment, app, version, stage: 'restore' as const, snapshot: snapshot('id1') };
    return inActivity(() => restoreBackup(depsOf(platform), input));
  };
  const failed = new CodedError('E_COMMAND', 'docker ended with 1: Fatal: unable to open repository');

  it('is made once the app has settled', async () => {
    expect(await restore(platformOf([]))).toBeNull();
    expect(calls).toEqual(['converged', 'restoreBackup']);
  });

  it('is tried once more when the host failed, after the app has settled again [R-27]', async () => {
    expect(await restore(platformOf([], [failed]))).toBeNull();
    expect(calls).toEqual(['converged', 'restoreBackup', 'converged', 'restoreBackup']);
  });

  it('is left to the retries of the activity while the daemon is away, since no hook has run [R-74, F-72]', async () => {
    const away = new CodedError('E_DOCKER', 'connect ENOENT');
    const platform = { ...platformOf([]), converged: () => Promise.reject(away) };
    await expect(restore(platform)).rejects.toMatchObject({ type: 'E_DOCKER', nonRetryable: false });
  });

  it.each([
    ['the host fails again', [failed, failed], 2],
    ['a hook fails', [new CodedError('E_HOOK', 'ended with 1')], 1],
  ])('is over, with its hooks, when %s [R-27]', async (_title, faults, times) => {
    await expect(restore(platformOf([], faults))).rejects.toMatchObject({
      type: faults[0]?.code,
      message: faults[0]?.message,
      nonRetryable: true,
    });
    expect(calls.filter((call) => call === 'restoreBackup')).toHaveLength(times);
  });
});

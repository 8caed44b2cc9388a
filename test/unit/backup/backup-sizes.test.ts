import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { writeResults } from '../../../activities/publish.ts';
import { recordBackup } from '../../../activities/support/backup-record.ts';
import { readBackupSizes } from '../../../activities/support/backup-sizes.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { asContents, pathSizes } from '../../../domain/backup-sizes.ts';
import type { ServiceBackup, SnapshotEntry } from '../../../domain/backup.ts';
import type { Results } from '../../../domain/results.ts';
import { testConfig } from '../activities/test-config.ts';
import { sampleResults } from '../support/sample-results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = (volume: string, path: string, bytes: number): SnapshotEntry => ({
  ...{ volume, path, bytes },
  type: 'file',
});

function saves(service: string, ...places: readonly (readonly [string, string])[]): ServiceBackup {
  const paths = places.map(([volume, path]) => ({ volume, volumeName: `x_${volume}`, path }));
  return { service, version: 'v2', paths };
}

describe('the sizes of the labelled paths of a snapshot', () => {
  const services = [saves('app', ['data', '']), saves('db', ['data', 'db'], ['dumps', 'a.sql'])];

  it('count a file once, for the deepest path, so that they add up again [O-11]', () => {
    const contents = [file('data', 'x', 5000), file('data', 'db/y', 6000), file('dumps', 'a.sql', 7000)];
    const sizes = pathSizes(services, contents);
    expect(sizes).toHaveLength(3);
    expect(sizes).toEqual(
      expect.arrayContaining([
        { service: 'app', volume: 'data', path: '', bytes: 5000 },
        { service: 'db', volume: 'data', path: 'db', bytes: 6000 },
        { service: 'db', volume: 'dumps', path: 'a.sql', bytes: 7000 },
      ]),
    );
    expect(asContents(sizes)).toContainEqual(file('data', 'db', 6000));
  });

  it('leave out what markers alone could make, and what no label names [O-11]', () => {
    const contents = [file('dumps', 'a.sql', 4095), file('dumps', 'other', 9000)];
    expect(pathSizes(services, contents)).toEqual([]);
    expect(pathSizes(services, [file('dumps', 'a.sql', 4096)])).toHaveLength(1);
  });
});

describe('the sizes that the next run is compared with', () => {
  const SIZES = [{ service: 'db', volume: 'dumps', path: 'a.sql', bytes: 7000 }];

  async function published(change: Partial<Results>) {
    const data = temporaryFolder();
    const paths = hostPaths(data);
    const results = sampleResults({ environmentId: 'one', verdict: 'passed', ...change });
    const snapshot = { id: 'id1', services: [] };
    const whose = { environment: 'one', app: 'app', attempt: 1, files: 1, bytes: 7000, faults: [] };
    recordBackup(paths.backupAttempts(results.runId), { ...whose, complete: snapshot, sizes: SIZES });
    await writeResults({ config: testConfig(data), paths, platform: createDummyPlatform({}) }, results);
    return readBackupSizes(paths.backupSizes(results.recipe));
  }

  it('are those of a run that passed [O-11]', async () => {
    expect(await published({})).toEqual(SIZES);
  });

  it('are not those of a run that failed, or of another environment of it [O-11]', async () => {
    expect(await published({ verdict: 'failed' })).toEqual([]);
    expect(await published({ environmentId: 'two' })).toEqual([]);
  });

  it('are none when their file cannot be understood', async () => {
    const path = hostPaths(temporaryFolder()).backupSizes('sample');
    await mkdir(dirname(path), { recursive: true });
    for (const text of ['{"runId":', '{"sizes":[{"bytes":-1}]}']) {
      await writeFile(path, text);
      expect(await readBackupSizes(path)).toEqual([]);
    }
  });
});

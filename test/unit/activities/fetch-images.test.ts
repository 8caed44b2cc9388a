import { readFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { awaitConverged, fetchImages } from '../../../activities/apps.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import type { Platform } from '../../../activities/platform/port.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { CodedError } from '../../../domain/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testConfig } from './test-config.ts';

const GIB = 1024 ** 3;
const FULL = 'db: 3 times exit code 1\ninitdb: error: could not write to file "x": No space left on device';

function bench(freeBytes: number | undefined, parts: Partial<Platform> = {}) {
  const data = temporaryFolder();
  const paths = hostPaths(data);
  const pulled: string[][] = [];
  const platform: Platform = {
    ...createDummyPlatform({ paths }),
    dataDisk: () =>
      Promise.resolve(freeBytes === undefined ? undefined : { folder: '/var/lib/docker', freeBytes }),
    absentImages: (images) => Promise.resolve(images),
    pullImages: (_operation, images) => {
      pulled.push([...images]);
      return Promise.resolve(
        images.map((name) => ({ name, outcome: 'pulled', digest: 'sha256:00', bytes: 2 * GIB })),
      );
    },
    ...parts,
  };
  const deps = { config: testConfig(data), paths, platform };
  const app = { role: 'app', recipe: 'site', source: '/', domain: 'site-0a1b2c.ci.test', stack: 'site' };
  const environment = {
    id: crypto.randomUUID(),
    runId: 'run-site',
    instance: '0a1b2c3d',
    host: 'test',
    apps: [app],
  };
  const run = <T>(step: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(step);
  const fetch = (images: string[], later?: string[]) =>
    run(() => fetchImages(deps, { environment, images, ...(later ? { later } : {}) }));
  const converge = () =>
    run(() =>
      awaitConverged(deps, {
        environment,
        app,
        version: { commit: 'c'.repeat(40), chaos: true },
        stage: 'install',
        timeoutMs: 1000,
      }),
    );
  return { paths, pulled, fetch, converge };
}

describe('before images are fetched', () => {
  it('the disk has to have the reserve, else nothing is pulled until there is room again [F-64]', async () => {
    const { fetch, pulled } = bench(0.5 * GIB);
    await expect(fetch(['nginx:1'])).rejects.toMatchObject({
      type: 'E_DISK',
      nonRetryable: false,
      message: expect.stringContaining('512 MiB free at /var/lib/docker, 1.0 GiB needed'),
    });
    expect(pulled).toEqual([]);
  });

  it('it has to have room for the images of the head too, once their size is known [F-66]', async () => {
    const { fetch, pulled, paths } = bench(4 * GIB);
    await fetch(['office:1'], ['office:2']);
    expect(JSON.parse(readFileSync(paths.imageSizes, 'utf8'))).toEqual({
      'docker.io/library/office': 2 * GIB,
    });
    await expect(fetch(['office:3'], ['office:4'])).rejects.toMatchObject({
      type: 'E_DISK',
      message: expect.stringContaining('5.0 GiB needed, 4.0 GiB of it for 2 images'),
    });
    expect(pulled).toEqual([['office:1']]);
  });

  it('a disk that cannot be seen keeps nobody from pulling', async () => {
    const { fetch, pulled } = bench(undefined);
    await fetch(['nginx:1']);
    expect(pulled).toEqual([['nginx:1']]);
  });
});

describe('a service that says that a disk is full', () => {
  const converged = () => Promise.reject(new CodedError('E_CRASH_LOOP', FULL));

  it('failed for want of space when the host has none [F-64]', async () => {
    await expect(bench(0.1 * GIB, { converged }).converge()).rejects.toMatchObject({
      type: 'E_DISK',
      message: expect.stringMatching(/102 MiB free at .*No space left on device/s),
    });
  });

  it.each([
    ['the host has space', 50 * GIB],
    ['nobody can see the disk', undefined],
  ])('is the recipe’s own fault when %s [F-65]', async (_why, free) => {
    await expect(bench(free, { converged }).converge()).rejects.toMatchObject({ type: 'E_CRASH_LOOP' });
  });

  it('is not looked for in a failure that does not say so, however full the disk is [F-65]', async () => {
    const other = () =>
      Promise.reject(new CodedError('E_CONVERGE_TIMEOUT', 'after 60 s: app: starting, 0/1'));
    const { converge } = bench(0, { converged: other });
    await expect(converge()).rejects.toMatchObject({ type: 'E_CONVERGE_TIMEOUT' });
  });
});

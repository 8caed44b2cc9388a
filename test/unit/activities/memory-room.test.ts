import { readFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { fetchImages } from '../../../activities/apps.ts';
import { inEnvironment } from '../../../activities/in-environment.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { awaitMemory } from '../../../activities/support/memory-room.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { writeWarmRecord } from '../../../activities/warm/record.ts';
import type { MemoryNeed } from '../../../domain/memory.ts';
import type { App, Environment } from '../../../domain/plan.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testConfig } from './test-config.ts';

const GIB = 1024 ** 3;
const NEEDS = [
  { recipe: 'keycloak', bytes: GIB },
  { recipe: 'site', bytes: GIB },
];
const app = (recipe: string): App => ({
  role: 'app',
  recipe,
  source: '/',
  domain: `${recipe}.ci.test`,
  stack: `${recipe}_ci_test`,
});
const environmentOf = (recipe: string): Environment => ({
  id: crypto.randomUUID(),
  runId: `run-${recipe}`,
  instance: '0a1b2c3d',
  host: 'test',
  apps: [app(recipe)],
});

/** A host of 4 GiB that has so many bytes available, look by look; the last for ever. */
function bench(...availableBytes: number[]) {
  const data = temporaryFolder();
  const paths = hostPaths(data);
  const environment = environmentOf('site');
  let looks = 0;
  const platform = {
    ...createDummyPlatform({ paths }),
    hostMemory: () => {
      const available = availableBytes[Math.min(looks, availableBytes.length - 1)];
      looks += 1;
      return Promise.resolve(
        available === undefined ? undefined : { totalBytes: 4 * GIB, availableBytes: available },
      );
    },
    pullImages: (_operation: unknown, images: readonly string[]) => {
      pulls.push(...images);
      return Promise.resolve([]);
    },
  };
  const pulls: string[] = [];
  const deps = { config: testConfig(data), paths, platform };
  const waits: unknown[] = [];
  const activity = new MockActivityEnvironment();
  activity.on('heartbeat', (details: unknown) => waits.push(details));
  const fetch = (memory?: readonly MemoryNeed[]) =>
    activity.run(() =>
      fetchImages(deps, { environment, images: ['nginx:1'], ...(memory ? { memory } : {}) }),
    );
  const waitFor = (waitMs: number, realms: Environment['realms'] = []) =>
    activity.run(() =>
      inEnvironment(deps, { environment: { ...environment, realms }, stage: 'images' }, (operation) =>
        awaitMemory(deps, operation, NEEDS, waitMs),
      ),
    );
  const log = () => readFileSync(paths.stageLog(environment.runId, 'images'), 'utf8');
  return { paths, fetch, waitFor, pulls, waits, log, looks: () => looks };
}

describe('before images are fetched', () => {
  it('the host has to have the memory, which is waited for with the reason in sight [F-71]', async () => {
    const { fetch, waits, log, pulls } = bench(2 * GIB, 3 * GIB);
    await fetch(NEEDS);
    expect(JSON.stringify(waits)).toContain(
      'memory: 2.0 GiB of 4.0 GiB available, 2.5 GiB needed: 1.0 GiB for keycloak, 1.0 GiB for site, 512 MiB to spare',
    );
    expect(log()).toContain('memory: 3.0 GiB of 4.0 GiB available');
    expect(pulls).toEqual(['nginx:1']);
  });

  it('a run that the host can never hold is refused at once, and nothing is pulled [R-73 F-71]', async () => {
    const { fetch, looks, pulls } = bench(3.9 * GIB);
    await expect(fetch([...NEEDS, { recipe: 'office', bytes: 2 * GIB }])).rejects.toMatchObject({
      type: 'E_MEMORY',
      nonRetryable: true,
      message: expect.stringMatching(/: 3\.9 GiB of 4\.0 GiB available, 4\.5 GiB needed: /) as string,
    });
    expect(looks()).toBe(1);
    expect(pulls).toEqual([]);
  });

  it('what a dependency needs, which is fetched later, is not asked for again', async () => {
    const { fetch, looks } = bench(0);
    await fetch();
    expect(looks()).toBe(0);
  });

  it('a memory that cannot be seen keeps nobody waiting', async () => {
    const { fetch, pulls } = bench();
    await fetch(NEEDS);
    expect(pulls).toEqual(['nginx:1']);
  });
});

describe('the wait for memory', () => {
  it('ends after its time, with both figures and not to be tried again [F-71]', async () => {
    const { waitFor, looks } = bench(GIB);
    await expect(waitFor(1500)).rejects.toMatchObject({
      type: 'E_MEMORY',
      nonRetryable: true,
      message: expect.stringMatching(
        /: after 2 s: 1\.0 GiB of 4\.0 GiB available, 2\.5 GiB needed/,
      ) as string,
    });
    expect(looks()).toBe(3);
  });

  it('names the provider that is kept warm, unless the run uses it [R-73]', async () => {
    const { waitFor, paths } = bench(GIB);
    const environment = environmentOf('keycloak');
    const version = { tag: '1.0.0+26.4.0', commit: '1'.repeat(40), chaos: false };
    await writeWarmRecord(paths, { healthy: true, at: new Date().toISOString(), environment, version });
    await expect(waitFor(0)).rejects.toThrow(
      /; keycloak is kept warm, which this run does not use: `cc-ci warm down keycloak` frees its memory$/,
    );
    const realm = { provider: 'keycloak', environmentId: environment.id, app: app('keycloak') } as const;
    await expect(waitFor(0, [{ ...realm, name: 'ci-3f2a9c1d0b4e' }])).rejects.toThrow(/to spare$/);
  });
});

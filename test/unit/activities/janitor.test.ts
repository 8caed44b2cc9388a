import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { readOrphan, surveyHost, writeTeardown } from '../../../activities/janitor.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import type { DummyObject } from '../../../activities/platform/dummy/dummy-state.ts';
import type { InventoryItem } from '../../../activities/platform/port.ts';
import { openOperation } from '../../../activities/support/open-operation.ts';
import { hostPaths, type HostPaths } from '../../../activities/support/paths.ts';
import type { Environment, RunInput } from '../../../domain/plan.ts';
import type { TeardownReport } from '../../../domain/results.ts';
import { sampleResults } from '../support/sample-results.ts';
import { testConfig } from './test-config.ts';

const ID = '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293';
const RUN = 'run-sample-3f2a9c1d0b4e-1a2b3c';
const INSTANCE = '0a1b2c3d';
const REF = { environmentId: ID, instance: INSTANCE, host: 'test' };
const WHERE = { instance: INSTANCE, zone: 'ci.test' };
const REQUEST: RunInput = {
  recipe: 'sample',
  source: '/srv/sample',
  head: '3f2a9c1d'.repeat(5),
  ref: 'main',
  stages: ['install'],
  trigger: 'manual',
  host: 'test',
  zone: 'ci.test',
  instance: INSTANCE,
  deadlineMs: 1,
  leaseWaitMs: 1,
};
const TEARDOWN: TeardownReport = {
  cause: 'adopted',
  killed: 0,
  removed: [],
  left: [],
  passes: 1,
  durationMs: 1,
};

const app = {
  role: 'app',
  recipe: 'sample',
  source: '',
  domain: 'samp-0a1b2c.ci.test',
  stack: 'samp-0a1b2c_ci_test',
};
const ENVIRONMENT: Environment = { id: ID, runId: RUN, instance: INSTANCE, host: 'test', apps: [app] };

let data: string;
let paths: HostPaths;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-janitor-'));
  paths = hostPaths(data);
});
afterEach(() => rm(data, { recursive: true, force: true }));

const object = (changes: Partial<DummyObject> = {}): DummyObject => ({
  kind: 'service',
  name: 'samp-0a1b2c_ci_test_app',
  instance: INSTANCE,
  runId: RUN,
  environmentId: ID,
  stack: app.stack,
  ...changes,
});

function host(...objects: DummyObject[]): HostDependencies {
  const stateFile = join(data, 'state.json');
  writeFileSync(stateFile, JSON.stringify({ objects }));
  return { config: testConfig(data), paths, platform: createDummyPlatform({ stateFile }) };
}

const writeJson = async (path: string, value: object) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(value));
};

/** Acts on the environment once, as its run would. */
const open = (environment = ENVIRONMENT) =>
  openOperation({ environment, token: 1, signal: new AbortController().signal, paths, stage: 'install' });

describe('the survey of a host', () => {
  it('groups what there is by environment, with its run and the number of objects', async () => {
    const deps = host(
      object(),
      object({ kind: 'volume', name: 'data' }),
      object({ kind: 'volume', name: 'more' }),
      object({ instance: 'ffffffff', environmentId: '00000000-0000-4000-8000-000000000000' }),
    );
    expect(await surveyHost(deps, WHERE)).toEqual({
      environments: [{ environmentId: ID, runId: RUN, kinds: { service: 1, volume: 2 } }],
      omitted: 0,
      strangers: [],
    });
  });

  it('knows the run of files without a label by the record that was made before them [R-46 O-37]', async () => {
    await open();
    const deps = host(object({ kind: 'file', name: 'a tree', runId: '' }));
    expect((await surveyHost(deps, WHERE)).environments).toMatchObject([{ runId: RUN, kinds: { file: 1 } }]);
  });

  it('tells of a run that has left neither results nor the report of a removal, until it has [R-62]', async () => {
    await open();
    const seen = async () => (await surveyHost(host(), WHERE)).environments;
    expect(await seen()).toEqual([]);
    await writeJson(paths.request(RUN), REQUEST);
    expect(await seen()).toEqual([{ environmentId: ID, runId: RUN, kinds: {} }]);
    expect((await surveyHost(host(), { ...WHERE, instance: 'ffffffff' })).environments).toEqual([]);
    await writeJson(paths.teardown(RUN), TEARDOWN);
    expect(await seen()).toEqual([]);
    // The same run, started again.
    await utimes(paths.teardown(RUN), 1, 1);
    expect(await seen()).toHaveLength(1);
    await writeJson(paths.results(RUN), sampleResults({ runId: RUN, environmentId: ID }));
    expect(await seen()).toEqual([]);
  });

  it('tells of the last environment of such a run alone: its results are those', async () => {
    const earlier = { ...ENVIRONMENT, id: '00000000-0000-4000-8000-000000000001' };
    await open(earlier);
    await open();
    await writeJson(paths.request(RUN), REQUEST);
    expect((await surveyHost(host(), WHERE)).environments).toEqual([
      { environmentId: ID, runId: RUN, kinds: {} },
    ]);
  });

  it('looks at what has objects first, and counts what has none never as left out', async () => {
    await open();
    await writeJson(paths.request(RUN), REQUEST);
    const id = (n: number) => `ffffffff-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const objects = (count: number) =>
      Array.from({ length: count }, (_, n) => object({ environmentId: id(n) }));
    const full = await surveyHost(host(...objects(80)), WHERE);
    expect([full.environments.length, full.omitted]).toEqual([80, 0]);
    expect(full.environments.map(({ environmentId }) => environmentId)).not.toContain(ID);
    const roomy = await surveyHost(host(...objects(79)), WHERE);
    expect(roomy.environments.at(-1)).toEqual({ environmentId: ID, runId: RUN, kinds: {} });
  });

  it.each(['../../etc', 'run-UPPER', '', "run-x' OR 1=1"])(
    'takes %j in a label for no run id, and a folder of another name for no environment',
    async (runId) => {
      const deps = host(
        object({ runId }),
        object({ kind: 'file', name: 'environments/notes/files/x', environmentId: '../notes' }),
      );
      const survey = await surveyHost(deps, WHERE);
      expect(survey.environments).toEqual([{ environmentId: ID, kinds: { service: 1 } }]);
      expect(survey.strangers).toEqual([{ kind: 'file', name: 'environments/notes/files/x' }]);
    },
  );

  it('looks at 80 environments at most and counts the others', async () => {
    const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const objects = Array.from({ length: 83 }, (_, n) => object({ environmentId: id(n) }));
    const survey = await surveyHost(host(...objects), WHERE);
    expect([survey.environments.length, survey.omitted]).toEqual([80, 3]);
  });
});

describe('an orphan', () => {
  it('is known by its record, and its run by the request, when the host has both [R-62]', async () => {
    await open();
    await writeJson(paths.request(RUN), REQUEST);
    const orphan = await readOrphan(host(object()), REF);
    expect(orphan).toMatchObject({ environment: ENVIRONMENT, published: false, request: { run: REQUEST } });
    expect(Date.now() - Date.parse(orphan.request?.startedAt ?? '')).toBeLessThan(60_000);
  });

  it('has results when they are those of this environment, not of another execution of its run', async () => {
    await open();
    await writeJson(paths.results(RUN), sampleResults({ runId: RUN }));
    expect((await readOrphan(host(), REF)).published).toBe(false);
    await writeJson(paths.results(RUN), sampleResults({ runId: RUN, environmentId: ID }));
    expect((await readOrphan(host(), REF)).published).toBe(true);
  });

  it('is made up from labels when there is no record: its names then prove nothing', async () => {
    await writeJson(paths.request(RUN), REQUEST);
    const orphan = await readOrphan(host(object(), object({ kind: 'volume', stack: 'other' })), REF);
    expect(orphan).toMatchObject({
      environment: {
        id: ID,
        runId: RUN,
        byLabelOnly: true,
        apps: [{ stack: app.stack }, { stack: 'other' }],
      },
      published: false,
    });
    expect(orphan).not.toHaveProperty('request');
  });

  it('does not believe a record of another installation', async () => {
    await open({ ...ENVIRONMENT, instance: 'ffffffff' });
    expect((await readOrphan(host(object()), REF)).environment.byLabelOnly).toBe(true);
  });

  it('gets an app and a run to name its logs by, even when nothing is known', async () => {
    const nothing = {
      kind: 'volume',
      name: 'x',
      environmentId: ID,
      runId: undefined,
    } satisfies InventoryItem;
    const deps = host();
    const platform = { ...deps.platform, inventory: () => Promise.resolve([nothing]) };
    const { environment } = await readOrphan({ ...deps, platform }, REF);
    expect(environment).toMatchObject({
      runId: 'run-unknown-3f2a9c1d',
      apps: [{ stack: 'unknown-3f2a9c1d' }],
    });
  });
});

describe('the report of a removal without results', () => {
  it('is written, unless somebody has published results in its place', async () => {
    await writeTeardown(host(), { runId: RUN, teardown: TEARDOWN });
    expect(JSON.parse(await readFile(paths.teardown(RUN), 'utf8'))).toEqual(TEARDOWN);
    await rm(paths.teardown(RUN));
    await writeJson(paths.results(RUN), sampleResults({ runId: RUN }));
    await writeTeardown(host(), { runId: RUN, teardown: TEARDOWN });
    await expect(readFile(paths.teardown(RUN))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

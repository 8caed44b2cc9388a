import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { readOrphan, surveyHost, takeInventory } from '../../../activities/janitor.ts';
import { removeEnvironment } from '../../../activities/teardown.ts';
import { probeWarm } from '../../../activities/warm/warm-activities.ts';
import { makeCertificates, type TestCertificates } from '../../fixtures/https-server.ts';
import {
  ADMIN,
  KEYCLOAK,
  makeRealm,
  startKeycloak,
  type KeycloakDouble,
} from '../../fixtures/keycloak-double.ts';
import { deployBoth, hostWithWarm, OWN, VERSION, WARM } from './warm-bench.ts';

const NAME = 'ci-3f2a9c1d0b4e';
const ITEM = { kind: 'realm', name: `${NAME} at ${KEYCLOAK}` };
const STRANGE = 'ci-0123456789ab';

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
let data: string;
let double: KeycloakDouble;
let deps: HostDependencies;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-realms-'));
  double = await startKeycloak(certificates);
  for (const name of [NAME, STRANGE]) double.state.realms.set(name, makeRealm(double.state, name));
  deps = await hostWithWarm(data, double, certificates);
  await deployBoth(deps);
});
afterEach(async () => {
  await double[Symbol.asyncDispose]();
  await rm(data, { recursive: true, force: true });
});

const inActivity = <T>(body: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() }).run(body);
const realms = () => [...double.state.realms.keys()].toSorted();

describe('the removal of an environment with a realm at a provider that is kept warm', () => {
  it('removes the realm of the run, and neither others nor the provider [R-54, R-48]', async () => {
    const pass = await inActivity(() => removeEnvironment(deps, OWN));
    expect(pass.left).toEqual([]);
    expect(pass.removed).toContainEqual(ITEM);
    expect(realms()).toEqual([STRANGE, 'master']);
    expect(await deps.platform.inventory({ environment: WARM })).not.toEqual([]);
    const again = await inActivity(() => removeEnvironment(deps, OWN));
    expect(again).toEqual({ removed: [], left: [] });
  });

  it('counts the realm as left while the provider is down, and removes all else [R-48, R-54]', async () => {
    double.state.refusals = 1_000;
    const { config } = deps;
    const away = { ...deps, config: { ...config, CCI_INGRESS_HTTPS_PORT: 1 } };
    const pass = await inActivity(() => removeEnvironment(away, OWN));
    expect(pass.left).toEqual([ITEM]);
    expect(await deps.platform.inventory({ environment: OWN })).toEqual([]);
    double.state.refusals = 0;
    expect((await inActivity(() => removeEnvironment(deps, OWN))).left).toEqual([]);
    expect(realms()).not.toContain(NAME);
  });

  it('takes the realm for gone when the provider has been taken down with its data', async () => {
    await inActivity(() => removeEnvironment(deps, WARM));
    const before = double.seen.length;
    const pass = await inActivity(() => removeEnvironment(deps, OWN));
    expect(pass.left).toEqual([]);
    expect(double.seen.length).toBe(before);
  });

  it('leaves no password of the administrator in the log', async () => {
    await inActivity(() => removeEnvironment(deps, OWN));
    const log = await readFile(deps.paths.stageLog(OWN.runId, 'teardown'), 'utf8');
    expect(log).toContain(NAME);
    expect(log).not.toContain(ADMIN.password);
  });
});

describe('an inventory of the installation', () => {
  it('names the realms of its environments, and those of none as strangers [R-46]', async () => {
    const items = await takeInventory(deps, OWN.instance);
    expect(items.filter(({ kind }) => kind === 'realm')).toEqual([
      { kind: 'realm', name: `${STRANGE} at ${KEYCLOAK}`, environmentId: undefined, runId: undefined },
      { ...ITEM, environmentId: OWN.id, runId: undefined },
    ]);
    const survey = await surveyHost(deps, { instance: OWN.instance, zone: 'ci.test' });
    const own = survey.environments.find(({ environmentId }) => environmentId === OWN.id);
    expect(own).toMatchObject({ runId: OWN.runId, kinds: { realm: 1 } });
    expect(survey.strangers).toEqual([{ kind: 'realm', name: `${STRANGE} at ${KEYCLOAK}` }]);
  });

  it('finds everything else when the provider does not answer', async () => {
    const whole = await takeInventory(deps, OWN.instance);
    const away = { ...deps, config: { ...deps.config, CCI_INGRESS_HTTPS_PORT: 1 } };
    const items = await takeInventory(away, OWN.instance);
    expect(items).toEqual(whole.filter(({ kind }) => kind !== 'realm'));
  });

  it('knows the realm of an environment whose record is lost', async () => {
    await rm(deps.paths.environment(OWN.id).record);
    const ref = { environmentId: OWN.id, instance: OWN.instance, host: 'test' };
    const { environment } = await readOrphan(deps, ref);
    expect(environment.realms).toEqual(OWN.realms);
  });
});

describe('a look at a provider that is kept warm', () => {
  it('is told to everybody on the host, with the reason when it cannot be used', async () => {
    const planned = {
      recipe: 'keycloak',
      source: '/srv/keycloak',
      version: VERSION,
      images: [],
      deps: [],
      limits: {
        deployTimeoutMs: 1,
        httpTimeoutMs: 1,
        steadyMs: 1,
        backupTimeoutMs: 1,
        restoreTimeoutMs: 1,
      },
    };
    double.state.realms.delete('master');
    const look = await inActivity(() => probeWarm(deps, { environment: WARM, planned }));
    expect(look).toMatchObject({ healthy: false, reason: expect.stringContaining('status 404') as string });
    const record: unknown = JSON.parse(await readFile(deps.paths.warm('keycloak'), 'utf8'));
    expect(record).toMatchObject({ ...look, version: VERSION, environment: { id: WARM.id } });
  });
});

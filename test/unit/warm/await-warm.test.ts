import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { removeWarmRecord, writeWarmRecord } from '../../../activities/warm/record.ts';
import { awaitWarm } from '../../../activities/warm/warm-activities.ts';
import { warmPlace } from '../../../domain/warm.ts';
import { makeCertificates, type TestCertificates } from '../../fixtures/https-server.ts';
import { startKeycloak, type KeycloakDouble } from '../../fixtures/keycloak-double.ts';
import { hostWithWarm, OWN, RECORD, VERSION, WARM } from './warm-bench.ts';

/** Other tests remove theirs, and with it all processes that act on an environment of that id. */
const ENVIRONMENT = { ...OWN, id: '7d8e9f01-0b4e-4a2b-8c3d-4e5f60718293' };

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
let data: string;
let double: KeycloakDouble;
let deps: HostDependencies;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-await-warm-'));
  double = await startKeycloak(certificates);
  deps = await hostWithWarm(data, double, certificates);
});
afterEach(async () => {
  await double[Symbol.asyncDispose]();
  await rm(data, { recursive: true, force: true });
});

const awaited = () =>
  new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() }).run(() =>
    awaitWarm(deps, {
      environment: ENVIRONMENT,
      warm: warmPlace(WARM),
      commit: VERSION.commit,
      timeoutMs: 5_000,
    }),
  );

describe('a run that was planned with a provider that is kept warm', () => {
  it('uses it when it is still the same [R-54]', async () => {
    expect(await awaited()).toBeNull();
  });

  it('does not use another version of it, which the plan would not tell [R-54]', async () => {
    const version = { ...VERSION, tag: '1.1.0+26.4.1', commit: '2'.repeat(40) };
    await writeWarmRecord(deps.paths, { ...RECORD, version });
    expect(await awaited()).toMatch(/went over to 1\.1\.0\+26\.4\.1 after the run was planned$/);
    expect(double.seen).toEqual([]);
  });

  it('does not wait for one that was taken down, or for another in its place [R-54]', async () => {
    await writeWarmRecord(deps.paths, { ...RECORD, environment: { ...WARM, id: OWN.id } });
    expect(await awaited()).toMatch(/was taken down after the run was planned$/);
    await removeWarmRecord(deps.paths, { provider: 'keycloak', environmentId: OWN.id });
    expect(await awaited()).toMatch(/was taken down after the run was planned$/);
  });
});

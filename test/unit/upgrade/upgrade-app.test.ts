import type { ServerResponse } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import type { AppSettings, Platform } from '../../../activities/platform/port.ts';
import { assertToldVersion } from '../../../activities/support/assert-told-version.ts';
import { appendSample } from '../../../activities/support/downtime/samples.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import type { UpgradeReceipt } from '../../../activities/types.ts';
import { assertVersion, upgradeApp } from '../../../activities/upgrade.ts';
import { CodedError } from '../../../domain/errors.ts';
import type { Version } from '../../../domain/plan.ts';
import type { Assertion } from '../../../domain/stages.ts';
import { makeCertificates, startHttpsServer, type TestServer } from '../../fixtures/https-server.ts';
import { testConfig } from '../activities/test-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DEFINE = join(import.meta.dirname, '../../../recipes/define.ts');
const VERSION = { commit: 'c'.repeat(40), chaos: true };
const data = temporaryFolder();
const checkout = temporaryFolder();

let server: TestServer;
let respond: (response: ServerResponse) => void;
let caFile: string;
let runs = 0;

beforeAll(async () => {
  const certificates = await makeCertificates();
  caFile = join(data, 'ca.pem');
  writeFileSync(caFile, certificates.ca);
  server = await startHttpsServer(certificates, (_request, response) => respond(response));
  mkdirSync(join(checkout, 'recipes', 'site'), { recursive: true });
  writeFileSync(
    join(checkout, 'recipes', 'site', 'recipe.ts'),
    `import { defineRecipe } from ${JSON.stringify(DEFINE)};
export const recipe = defineRecipe({
  name: 'site',
  env: { ALWAYS: 'a' },
  upgrade: { env: { ONLY_HEAD: 'secret-value' } },
  version: { header: 'x-version' },
});\n`,
  );
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  respond = (response) => response.writeHead(200, { 'x-version': 'site/2.0' }).end('hello');
});

function scene(parts: Partial<Platform> = {}) {
  const app = { role: 'app', recipe: 'site', source: '/', domain: 'site-0a1b2c.ci.test', stack: 'site' };
  const runId = `run-${(runs += 1)}`;
  const environment = { id: crypto.randomUUID(), runId, instance: '0a1b2c3d', host: 'test', apps: [app] };
  const paths = hostPaths(data);
  const calls: string[] = [];
  let settings: AppSettings | undefined;
  const platform: Platform = {
    ...createDummyPlatform({}),
    createApp: (_operation, _app, _version, given) => {
      calls.push('createApp');
      settings = given;
      return Promise.resolve();
    },
    deploy: () => {
      calls.push('deploy');
      const receipt = { deployId: 'd', contentHash: 'h', resumed: false, services: ['app'] };
      return Promise.resolve(receipt);
    },
    converged: (_operation, _app, { timeoutMs }) => {
      calls.push(`converged ${timeoutMs}`);
      return Promise.resolve([]);
    },
    serviceFacts: () => Promise.resolve([facts({})]),
    proveVersion: () => Promise.resolve([{ name: 'proof', ok: true, detail: '' }]),
    ...parts,
  };
  const { address, port } = server.ingress;
  const config = {
    ...testConfig(data),
    CCI_INGRESS_ADDRESS: address,
    CCI_INGRESS_HTTPS_PORT: port,
    CCI_CA_FILE: caFile,
  };
  const deps: HostDependencies = { config, paths, platform, checkout };
  const activity = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: 1 });
  const input = { environment, app, version: VERSION };
  return {
    calls,
    environment,
    file: paths.downtime(runId),
    log: () => readFileSync(paths.stageLog(runId, 'upgrade'), 'utf8'),
    settings: () => settings,
    activity,
    upgrade: () =>
      activity.run<[], UpgradeReceipt, () => Promise<UpgradeReceipt>>(() =>
        upgradeApp(deps, { ...input, timeoutMs: 7_200_000 }),
      ),
    told: (version: Version) => {
      const tools = { platform, ingress: server.ingress, timeoutMs: 1500 };
      const operation: Operation = {
        environment,
        run: () => Promise.reject(new Error('nothing is to be run')),
        signal: new AbortController().signal,
        log: () => undefined,
        hide: () => undefined,
        redact: (text) => text,
        progress: () => undefined,
      };
      return assertToldVersion(tools, operation, { app, version }, { path: '/', header: 'x-version' });
    },
    assert: (version: Version = VERSION) =>
      activity.run<[], readonly Assertion[], () => Promise<readonly Assertion[]>>(() =>
        assertVersion(deps, { ...input, version, stage: 'upgrade' }),
      ),
  };
}

function facts(labels: Record<string, string>) {
  return { service: 'app', image: 'site:2', volumes: [], labels, updateOrder: 'start-first' as const };
}

describe('the upgrade of an app', () => {
  it('deploys over what runs and waits with the timeout it was given [R-18, F-58]', async () => {
    const { upgrade, calls } = scene();
    const { deploy, downtime } = await upgrade();
    expect(calls).toEqual(['createApp', 'deploy', 'converged 7200000']);
    expect(deploy).toMatchObject({ deployId: 'd' });
    expect(downtime).toMatchObject({ downtimeMs: 0, failed: 0, unobservedMs: 0, mode: 'start-first' });
    expect(downtime.requests).toBeGreaterThanOrEqual(8);
  });

  it('merges the env of the head, and logs its names only [R-17]', async () => {
    const { upgrade, settings, log } = scene();
    await upgrade();
    expect(settings()?.env).toEqual({ ALWAYS: 'a', ONLY_HEAD: 'secret-value' });
    expect(log()).toContain('upgrade-env: ONLY_HEAD\n');
    expect(log()).not.toContain('secret-value');
  });

  it('measures how long the public hostname did not answer as the recipe expects', async () => {
    const { upgrade } = scene({
      converged: async () => {
        respond = (response) => response.writeHead(502).end('Bad Gateway');
        await delay(600);
        respond = (response) => response.writeHead(200).end('hello');
        return [];
      },
    });
    const { downtime } = await upgrade();
    expect(downtime.downtimeMs).toBeGreaterThanOrEqual(400);
    expect(downtime.downtimeMs).toBeLessThan(1200);
    expect(downtime.failed).toBeGreaterThanOrEqual(4);
  });

  it('goes on with the samples of an attempt that crashed, and with those of its environment only', async () => {
    const { upgrade, environment, file } = scene();
    const before = { at: Date.now() - 10_000, tookMs: 5, ok: false };
    appendSample(file, { environment: environment.id, ...before });
    appendSample(file, { environment: 'that of a run which was reset', ...before, at: 0 });
    const { downtime } = await upgrade();
    expect(downtime).toMatchObject({ failed: 1, downtimeMs: 0 });
    expect(downtime.unobservedMs).toBeGreaterThanOrEqual(10_000);
    expect(downtime.unobservedMs).toBeLessThan(13_000);
  });

  it('is not failed by what is only measured beside it', async () => {
    const { upgrade, file, log } = scene({ serviceFacts: () => Promise.reject(new Error('no facts')) });
    mkdirSync(file, { recursive: true });
    writeFileSync(join(file, 'in-the-way'), '');
    expect((await upgrade()).downtime).toMatchObject({ requests: 0, mode: 'unknown' });
    expect(log()).toContain('downtime: Error: no facts');
  });

  it('stops asking when the deploy fails', async () => {
    const failure = new CodedError('E_CONFIG_CHANGED', 'page');
    const { upgrade, file } = scene({ deploy: () => delay(300).then(() => Promise.reject(failure)) });
    await expect(upgrade()).rejects.toMatchObject({ type: 'E_CONFIG_CHANGED' });
    const seen = readFileSync(file, 'utf8');
    await delay(400);
    expect(readFileSync(file, 'utf8')).toBe(seen);
  });

  it('stops asking when it is cancelled', async () => {
    const { upgrade, activity, file } = scene({ converged: (operation) => delay(60_000, [], operation) });
    const upgrading = upgrade().catch((error: unknown) => error);
    await delay(500);
    activity.cancel('CANCELLED');
    expect(await upgrading).toMatchObject({ name: 'CancelledFailure' });
    const seen = readFileSync(file, 'utf8');
    expect(seen).not.toContain('"ok":false');
    await delay(400);
    expect(readFileSync(file, 'utf8')).toBe(seen);
  });
});

describe('the version that runs', () => {
  it('is proven by the platform and told by the app itself', async () => {
    const tagged = { ...VERSION, tag: '1.0.0+2.0-alpine' };
    expect(await scene().assert(tagged)).toMatchObject([{ name: 'proof' }, { ok: true }]);
  });

  it('is not said to run when the app tells another', async () => {
    const { told } = scene();
    const detail = expect.stringContaining('3.0 expected, it says 2.0');
    expect(await told({ ...VERSION, tag: '1.0.0+3.0' })).toMatchObject({ ok: false, detail });
    respond = (response) => response.writeHead(200).end('hello');
    expect(await told({ ...VERSION, tag: '1.0.0+2.0' })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('status 200 without a version'),
    });
  });

  it('is that of the label for a head without a tag, and unknown without one', async () => {
    const label = { 'coop-cloud.site.version': '1.1.0+2.0' };
    const labelled = scene({ serviceFacts: () => Promise.resolve([facts(label)]) });
    expect((await labelled.assert())[1]).toMatchObject({ ok: true });
    expect((await scene().assert())[1]).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no upstream version is known'),
    });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostDependencies } from '../../../activities/host-dependencies.ts';
import { withUnfenced } from '../../../activities/support/unfenced-operation.ts';
import { preferWarm } from '../../../activities/warm/choose.ts';
import { writeWarmRecord } from '../../../activities/warm/record.ts';
import type { PlannedDependency } from '../../../domain/plan.ts';
import { recipeDefinitionSchema } from '../../../domain/recipe.ts';
import { warmPlace, type WarmRecord } from '../../../domain/warm.ts';
import {
  makeCertificates,
  startHttpsServer,
  type TestCertificates,
  type TestServer,
} from '../../fixtures/https-server.ts';
import { hostWithWarm, OWN, RECORD, VERSION, WARM } from './warm-bench.ts';

const PLANNED: PlannedDependency = {
  recipe: 'keycloak',
  source: '/srv/keycloak',
  version: VERSION,
  images: ['keycloak:1'],
  deps: [],
  limits: { deployTimeoutMs: 1, httpTimeoutMs: 1, steadyMs: 1, backupTimeoutMs: 1, restoreTimeoutMs: 1 },
};
const SIGNS_IN = recipeDefinitionSchema.parse({
  name: 'sample',
  deps: ['keycloak'],
  sso: { provider: 'keycloak', redirectPaths: ['/callback'] },
});
const ADMINISTERS = recipeDefinitionSchema.parse({ name: 'other', deps: ['keycloak'] });

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
let data: string;
let server: TestServer;
let status: number;
let deps: HostDependencies;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-choose-'));
  status = 200;
  server = await startHttpsServer(certificates, (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"realm":"master"}');
  });
  deps = await hostWithWarm(data, server, certificates);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(data, { recursive: true, force: true });
});

async function choose(dependents = [SIGNS_IN]): Promise<{ chosen: PlannedDependency; log: string }> {
  const lines: string[] = [];
  const options = {
    environment: OWN,
    signal: new AbortController().signal,
    log: (line: string) => void lines.push(line),
  };
  const chosen = await withUnfenced(options, (operation) => preferWarm(deps, operation, PLANNED, dependents));
  return { chosen, log: lines.join('\n') };
}

describe('a provider that is kept warm', () => {
  it('is used by runs whose apps sign in there: nothing is fetched for it [R-54, C-01]', async () => {
    const { chosen } = await choose();
    expect(chosen).toEqual({ ...PLANNED, images: [], warm: warmPlace(WARM) });
  });

  it.each<[string, Partial<WarmRecord>, RegExp]>([
    ['is ill', { healthy: false, reason: 'status 502' }, /cannot be used: status 502/],
    ['was not looked at for long', { at: '2026-01-01T00:00:00.000Z' }, /nobody has looked at it since/],
    ['is not the newest version', { version: { ...VERSION, commit: '0'.repeat(40) } }, /it runs 1\.0\.0/],
    [
      'is of another repository',
      { environment: { ...WARM, apps: WARM.apps.map((app) => ({ ...app, source: '/else' })) } },
      /another repository/,
    ],
  ])('that %s is left alone, and the run deploys its own [R-54]', async (_what, change, why) => {
    await writeWarmRecord(deps.paths, { ...RECORD, ...change });
    const { chosen, log } = await choose();
    expect(chosen).toEqual(PLANNED);
    expect(log).toMatch(why);
    expect(server.seen).toEqual([]);
  });

  it('that does not serve at this moment is left alone, whatever the last look said [R-54]', async () => {
    status = 503;
    const { chosen, log } = await choose();
    expect(chosen).toEqual(PLANNED);
    expect(log).toContain('status 503');
  });

  it('is not shared with a recipe that uses it for more than signing in', async () => {
    const { chosen, log } = await choose([SIGNS_IN, ADMINISTERS]);
    expect(chosen).toEqual(PLANNED);
    expect(log).toContain('other uses it for more than signing in');
  });

  it('of another installation is none', async () => {
    await writeWarmRecord(deps.paths, { ...RECORD, environment: { ...WARM, instance: 'ffffffff' } });
    expect(await choose()).toEqual({ chosen: PLANNED, log: '' });
  });
});

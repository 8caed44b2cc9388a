import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlannedDependency } from '../../domain/plan.ts';
import { STAGES } from '../../domain/stages.ts';
import { FakeHost, type HostScript } from './fake-host.ts';
import { startHarness, WITH_BASE, type Harness } from './harness.ts';
import { plannedDependency as needed } from './planned.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

/** A recipe that needs a forge, which needs a provider, and a store that needs nothing. */
const DEPENDENCIES = [needed('store'), needed('provider'), needed('forge', 'provider')];

async function run(script: HostScript = {}) {
  const plan = { ...WITH_BASE, dependencies: DEPENDENCIES, deps: ['store', 'forge'], ...script.plan };
  const host = new FakeHost({ ...script, plan });
  const results = await harness.serve(host, async () =>
    (await harness.start({ stages: [...STAGES] })).result(),
  );
  const order = host.journal.flatMap((line) => {
    const [, what] = /^(?:deploy \S+ (\S+)|(?:not )?ready \S+|wire \S+|deploy \S+)$/.exec(line) ?? [];
    if (line.startsWith('deploy ')) return [`deploy ${what ?? 'app'}`];
    return /^(not )?ready |^wire /.test(line) ? [line] : [];
  });
  return { host, results, order };
}

describe('the dependencies of a run', () => {
  it('are deployed once each and ready before what needs them, and count as deploys [R-02, R-51]', async () => {
    const { results, order } = await run();
    expect(results).toMatchObject({ verdict: 'passed', deployCount: 4, expectedDeploys: 4 });
    const at = (line: string) => order.indexOf(line);
    expect(order.toSorted()).toEqual(
      [
        ...['deploy store', 'ready store', 'deploy provider', 'ready provider'],
        ...['wire forge', 'deploy forge', 'ready forge', 'wire app', 'deploy app'],
      ].toSorted(),
    );
    expect(at('ready provider')).toBeLessThan(at('wire forge'));
    expect(at('ready forge')).toBeLessThan(at('wire app'));
    expect(at('ready store')).toBeLessThan(at('wire app'));
    expect(order.slice(-2)).toEqual(['wire app', 'deploy app']);
    expect(results.dependencies).toMatchObject([
      { recipe: 'store', ready: true, version: '1.0.0+1.0', warm: false },
      { recipe: 'provider', ready: true },
      { recipe: 'forge', ready: true },
    ]);
    const domains = results.dependencies?.map(({ domain }) => domain) ?? [];
    expect(new Set([...domains, results.domain]).size).toBe(4);
  });

  it('give what needs them env and secrets before its one deploy, and nothing is deployed again [R-52, F-13]', async () => {
    const { host, order } = await run();
    expect(order.filter((line) => /(forge|app)$/.test(line))).toEqual([
      ...['wire forge', 'deploy forge', 'ready forge'],
      ...['wire app', 'deploy app'],
    ]);
    const behind = host.journal.slice(host.journal.findLastIndex((line) => line.startsWith('deploy ')));
    // What follows are the operations of the stages; the env is not touched any more.
    expect(behind.filter((line) => /^(wire|deploy) /.test(line))).toHaveLength(1);
    expect(behind).toContain('upgrade to 3f2a9c1d');
  });

  it('keep a recipe from being deployed before its forge is ready and known to it [F-60, H-15]', async () => {
    const { order, host, results } = await run();
    expect(order.indexOf('ready forge')).toBeLessThan(order.indexOf('wire app'));
    expect(order.indexOf('wire app')).toBeLessThan(order.indexOf('deploy app'));
    const [forge] = results.dependencies?.filter(({ recipe }) => recipe === 'forge') ?? [];
    expect(forge).toMatchObject({
      ready: true,
      domain: expect.stringMatching(/^forg-[0-9a-f]{6}\./) as string,
    });
    // All of them go with the environment, and it is looked whether they are gone.
    expect(results.teardown).toMatchObject({ left: [] });
    expect(host.left()).toEqual([]);
  });

  describe('that are kept warm', () => {
    const KEYCLOAK = {
      ...needed('keycloak'),
      images: [],
      warm: {
        provider: 'keycloak',
        environmentId: '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293',
        app: {
          role: 'app',
          recipe: 'keycloak',
          source: '/srv/keycloak',
          domain: 'warm-keycloak.ci.test',
          stack: 'warm-keycloak_ci_test',
        },
      },
    } satisfies PlannedDependency;
    const plan = { dependencies: [needed('store'), KEYCLOAK], deps: ['store', 'keycloak'] };

    it('are not deployed and do not count: the run has a realm there [C-01, R-02]', async () => {
      const { results, order, host } = await run({ plan });
      expect(results).toMatchObject({ verdict: 'passed', deployCount: 2, expectedDeploys: 2 });
      expect(order).not.toContain('deploy keycloak');
      expect(order.slice(-2)).toEqual(['wire app', 'deploy app']);
      expect(results.dependencies).toMatchObject([
        { recipe: 'store', warm: false, ready: true },
        { recipe: 'keycloak', warm: true, ready: true, domain: 'warm-keycloak.ci.test' },
      ]);
      const realm = `ci-${results.environmentId?.replaceAll('-', '').slice(0, 12)}`;
      expect(host.journal).toContain(`ready keycloak ${realm}`);
      expect(host.left()).toEqual([]);
    });

    it('and do not answer leave the run not green, with the reason named [R-40, C-01]', async () => {
      const { results, order } = await run({ plan, warm: { unhealthy: 'status 502' } });
      expect(results).toMatchObject({ verdict: 'errored', deployCount: 2, expectedDeploys: 2 });
      expect(results.reason).toContain('keycloak is not ready: status 502');
      expect(order).not.toContain('wire app');
    });
  });

  it('and the app have to fit into memory together before anything is deployed [F-71]', async () => {
    const cold = { ...needed('store'), memoryBytes: 300 };
    const plan = { dependencies: [cold], deps: ['store'], memoryBytes: 200 };
    const refused = await run({ plan, memoryBytes: 499 });
    expect(refused.results).toMatchObject({
      verdict: 'errored',
      class: 'infra',
      code: 'E_MEMORY',
      deployCount: 0,
    });
    expect(refused.order).toEqual([]);
    expect(refused.host.left()).toEqual([]);
    expect((await run({ plan, memoryBytes: 500 })).results).toMatchObject({ verdict: 'passed' });
  });

  it('that do not need each other are worked on side by side', async () => {
    const { order } = await run({ dependencyMs: 400 });
    expect(order.slice(0, 2).toSorted()).toEqual(['deploy provider', 'deploy store']);
  });

  it('that never answer leave the rest graded, and the run not green [R-38, R-40]', async () => {
    const { results, order, host } = await run({ dependencies: { forge: 'silent' } });
    expect(results).toMatchObject({ verdict: 'errored', class: 'infra', deployCount: 4, expectedDeploys: 4 });
    expect(results.reason).toContain('forge is not ready: answers: GET / answered 502');
    expect(results.rungs.map(({ status }) => status)).toEqual([
      'unverified',
      'pass',
      'pass',
      'unverified',
      'pass',
    ]);
    expect(order).not.toContain('wire app');
    expect(order.at(-1)).toBe('deploy app');
    expect(host.left()).toEqual([]);
  });

  it('that cannot be deployed take with them what needs them, and nothing else [R-40, F-24]', async () => {
    const { results, order } = await run({ dependencies: { provider: 'E_CRASH_LOOP' } });
    expect(results.dependencies).toMatchObject([
      { recipe: 'store', ready: true },
      { recipe: 'provider', ready: false, code: 'E_CRASH_LOOP' },
      { recipe: 'forge', ready: false, code: 'E_DEPENDENCY', reason: 'it needs provider' },
    ]);
    expect(order).not.toContain('deploy forge');
    expect(results).toMatchObject({ verdict: 'errored', deployCount: 3, expectedDeploys: 3 });
  });

  it('that are not ready excuse an app that does not install without them', async () => {
    const { results } = await run({ dependencies: { store: 'silent' }, deployFails: 'E_CRASH_LOOP' });
    const install = results.stages.find(({ name }) => name === 'install');
    expect(install).toMatchObject({ status: 'unverified', code: 'E_DEPENDENCY' });
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_DEPENDENCY' });
    // What does not stand is neither upgraded nor used, and the base is not called broken for it.
    expect(results.stages.map(({ name }) => name)).toEqual(['lint', 'install']);
  });

  it('do not excuse an app that does not install although they are ready', async () => {
    const { results } = await run({ deployFails: 'E_CRASH_LOOP' });
    expect(results).toMatchObject({ verdict: 'failed', code: 'E_CRASH_LOOP' });
  });
});

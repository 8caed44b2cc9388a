import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES } from '../../domain/stages.ts';
import { failure, ROW } from './fake-data.ts';
import { FakeHost, type HostScript } from './fake-host.ts';
import { eventually, startHarness, WITH_BASE, type Harness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

async function lifecycle(script: HostScript, stages = [...STAGES]) {
  const host = new FakeHost({ ...script, plan: { ...WITH_BASE, ...script.plan } });
  const results = await harness.serve(host, async () => (await harness.start({ stages })).result());
  const statuses = Object.fromEntries(results.stages.map(({ name, status }) => [name, status]));
  return { host, results, statuses };
}

const STORE = { service: 'db', what: 'a row in db', reason: 'no way to write into mongo', backedUp: true };

describe('the whole lifecycle', () => {
  it('deploys the base once, upgrades to the head, and does each operation once in order [R-03, R-07]', async () => {
    const { host, results, statuses } = await lifecycle({});
    expect(results).toMatchObject({ verdict: 'passed', level: 5, partial: false, downtimeMs: 120 });
    expect(Object.values(statuses)).toEqual(STAGES.map(() => 'pass'));
    expect(host.journal.filter((line) => /^(deploy|upgrade|backup|restore|destroy)/.test(line))).toEqual([
      expect.stringMatching(/^deploy /),
      'upgrade to 3f2a9c1d',
      'backup',
      'destroy',
      'restore',
    ]);
    expect(host.journal.filter((line) => /^(specs|seed|absent|original|writable)/.test(line))).toEqual([
      'specs install',
      'seed upgrade',
      'original upgrade',
      'seed backup',
      'absent',
      'original restore',
      'writable',
      'specs custom',
    ]);
  });

  it('uses an app that was restored only once it takes changes again [F-16]', async () => {
    const { host } = await lifecycle({ data: { broken: { assertWritable: '' } } });
    expect(host.journal).toContain('writable');
    expect(host.journal).not.toContain('specs custom');
  });

  it('prepares the backup beside the upgrade, goes on without that when it fails, and only for a backup', async () => {
    let prepared = 0;
    const prepares = () => {
      prepared += 1;
      throw failure('E_DOCKER');
    };
    expect((await lifecycle({ data: { prepares } })).results).toMatchObject({ verdict: 'passed', level: 5 });
    expect(prepared).toBe(1);
    await lifecycle({ data: { prepares } }, ['install', 'upgrade']);
    expect(prepared).toBe(1);
  });

  it('runs the specs of a stage on top of what holds for every recipe, never instead [R-05, R-24]', async () => {
    const { results } = await lifecycle({});
    const install = results.stages.find(({ name }) => name === 'install');
    expect(install?.assertions.map(({ name }) => name)).toEqual([
      'answers over the public hostname',
      'a spec',
    ]);
    const broken = await lifecycle({ data: { broken: { assertInstalled: '' } } });
    expect(broken.results).toMatchObject({ verdict: 'failed', code: 'E_ASSERTION' });
    expect(broken.host.journal).not.toContain('specs install');
  });

  it('runs the recipe’s own step before an operation and after the readiness of what runs [R-06, R-16]', async () => {
    const { host } = await lifecycle({ plan: { before: ['upgrade', 'restore'] } });
    const steps = host.journal.filter((line) =>
      /^(before|serving upgrade|upgrade|destroy|restore)/.test(line),
    );
    expect(steps).toEqual([
      'serving upgrade',
      'before upgrade',
      'upgrade to 3f2a9c1d',
      'serving upgrade',
      'before restore',
      'destroy',
      'restore',
    ]);
  });

  it.each([
    ['upgrade', { broken: { assertVersion: '' } }, 'errored', 'E_NOT_HEAD', 'harness'],
    ['upgrade', { broken: { checkMarkers: 'upgrade' } }, 'failed', 'E_DATA_LOST', 'recipe'],
    ['upgrade', { fails: { upgradeApp: 'E_CONFIG_CHANGED' } }, 'failed', 'E_CONFIG_CHANGED', 'recipe'],
    ['backup', { backup: 'incomplete' }, 'failed', 'E_BACKUP_INCOMPLETE', 'recipe'],
    ['restore', { fails: { restoreBackup: 'E_HOOK' } }, 'failed', 'E_HOOK', 'recipe'],
    ['restore', { broken: { checkMarkers: 'restore' } }, 'failed', 'E_RESTORE_LOST', 'recipe'],
    ['restore', { broken: { assertWritable: '' } }, 'failed', 'E_NOT_WRITABLE', 'recipe'],
    ['restore', { markersStay: true }, 'errored', 'E_MARKER', 'harness'],
    ['upgrade', { markers: [] }, 'errored', 'E_UNPROVEN', 'harness'],
    ['upgrade', { unplaced: [STORE] }, 'errored', 'E_UNPROVEN', 'harness'],
  ] as const)('blames %s for %j: %s, %s', async (stage, data, verdict, code, whose) => {
    const { results } = await lifecycle({ data });
    expect(results).toMatchObject({ verdict, code, class: whose });
    expect(results.stages.find(({ code: of }) => of === code)?.name).toBe(stage);
    expect(results.reason).toMatch(new RegExp(`^${stage}: `));
  });

  it('uses the app no more once a restore has gone wrong or an upgrade left it half-way [R-43]', async () => {
    const lost = await lifecycle({ data: { broken: { checkMarkers: 'restore' } } });
    expect(Object.keys(lost.statuses)).not.toContain('custom');
    const unsaved = await lifecycle({ data: { backup: 'incomplete' } });
    expect(unsaved.statuses).toMatchObject({ backup: 'fail', custom: 'pass' });
    const halfway = await lifecycle({ data: { fails: { upgradeApp: 'E_CRASH_LOOP' } } });
    expect(Object.keys(halfway.statuses)).toEqual(['lint', 'install', 'upgrade']);
    expect(halfway.results.rungs.slice(2, 4)).toMatchObject([
      { status: 'unverified', reason: 'not reached' },
      { status: 'unverified', reason: 'not reached' },
    ]);
  });

  it('skips what the recipe declares or cannot have, with the reason, and is green [R-13, R-41]', async () => {
    const reason = 'no version was published before the head';
    const { base: _base, ...withoutBase } = WITH_BASE;
    const host = new FakeHost({
      plan: { ...withoutBase, skips: [{ stage: 'upgrade', reason }] },
      data: { backup: 'none', markers: [{ ...ROW, backedUp: false }] },
    });
    const results = await harness.serve(host, async () =>
      (await harness.start({ stages: [...STAGES] })).result(),
    );
    expect(results).toMatchObject({ verdict: 'passed', level: 5 });
    expect(results.stages.filter(({ status }) => status === 'skip')).toMatchObject([
      { name: 'upgrade', reason },
      { name: 'backup', reason: 'no service has a label that asks for a backup' },
      { name: 'restore', reason: 'no service has a label that asks for a backup' },
    ]);
    expect(host.journal.some((line) => line.startsWith('upgrade'))).toBe(false);
  });

  it('lets lint move the level and never the verdict', async () => {
    const finding = {
      id: 'CCI-1',
      severity: 'error',
      file: 'compose.yml',
      line: 3,
      message: 'm',
      remedy: 'r',
    } as const;
    const { results, statuses } = await lifecycle({ data: { findings: [finding] } });
    expect(results).toMatchObject({ verdict: 'passed', level: 4 });
    expect(statuses['lint']).toBe('fail');
  });

  it('proves the head where it is deployed first, too [R-14]', async () => {
    const host = new FakeHost({ data: { broken: { assertVersion: '' } } });
    const results = await harness.serve(host, async () => (await harness.start()).result());
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_NOT_HEAD' });
    expect(results.chaosVersion).toBeUndefined();
    expect((await lifecycle({})).results.chaosVersion).toBe('3f2a9c1d');
  });

  it('lints without an environment', async () => {
    const { host, results } = await lifecycle({}, ['lint']);
    expect(results).toMatchObject({ verdict: 'passed', partial: true, deployCount: 0, expectedDeploys: 0 });
    expect(host.journal).toEqual(['prepare', 'lint', 'results passed']);
  });

  it('asks for nothing but the stages wanted, and gives a part of them no level [R-10]', async () => {
    const { host, results } = await lifecycle({ plan: { skips: [] } }, ['install', 'custom']);
    expect(results).toMatchObject({ verdict: 'passed', partial: true });
    expect(results.level).toBeUndefined();
    expect(host.journal.some((line) => /^(destroy|backup|restore|upgrade)/.test(line))).toBe(false);
  });
});

describe('a base that does not install', () => {
  it('is told apart: the head is graded on a second environment, without the upgrade [R-13]', async () => {
    const { host, results, statuses } = await lifecycle({ baseFails: 'E_CRASH_LOOP' });
    expect(results).toMatchObject({
      verdict: 'base-broken',
      class: 'base',
      code: 'E_BASE_BROKEN',
      deployCount: 1,
    });
    expect(statuses).toMatchObject({
      install: 'pass',
      upgrade: 'unverified',
      backup: 'pass',
      restore: 'pass',
      custom: 'pass',
    });
    expect(new Set(host.journal.filter((line) => line.startsWith('deploy'))).size).toBe(2);
    expect(host.journal.filter((line) => line.startsWith('remove'))).toHaveLength(2);
    expect(host.left()).toEqual([]);
  });

  it('costs no second environment when its images are gone: nothing was deployed yet [R-13]', async () => {
    const { host, results } = await lifecycle({ missingImages: ['nginx:1.28.0'] });
    expect(results).toMatchObject({ verdict: 'base-broken', baseFailure: { code: 'E_IMAGE_UNKNOWN' } });
    expect(host.journal.filter((line) => line.startsWith('deploy'))).toHaveLength(1);
  });

  it('does not excuse the head: its own failure is graver', async () => {
    const { results } = await lifecycle({
      baseFails: 'E_CRASH_LOOP',
      data: { broken: { assertInstalled: '' } },
    });
    expect(results).toMatchObject({ verdict: 'failed', code: 'E_ASSERTION' });
  });

  it('may also be one that stops working before the head touches it [R-16, F-08]', async () => {
    const { host, results, statuses } = await lifecycle({ data: { broken: { assertServing: 'upgrade' } } });
    expect(results).toMatchObject({ verdict: 'base-broken', deployCount: 1 });
    expect(results.reason).toContain('upgrade: answers again');
    expect(statuses).toMatchObject({ install: 'pass', upgrade: 'unverified', restore: 'pass' });
    expect(host.journal.some((line) => line.startsWith('upgrade to'))).toBe(false);
  });

  it('has the deadline of one run, not of two', async () => {
    const script = { baseFails: 'E_CRASH_LOOP', deployMs: 2_500, plan: WITH_BASE } as const;
    const host = new FakeHost(script);
    const results = await harness.serve(host, async () =>
      (await harness.start({ stages: [...STAGES], deadlineMs: 4_000 })).result(),
    );
    expect(results).toMatchObject({ verdict: 'base-broken', leaked: false });
    expect(results.stages.find(({ name }) => name === 'install')).toMatchObject({ code: 'E_CANCELLED' });
    expect(host.left()).toEqual([]);
  });

  it('and a run that is terminated during the second environment are both reported by the guard', async () => {
    const host = new FakeHost({ baseFails: 'E_CRASH_LOOP', deployMs: 1_500, plan: WITH_BASE });
    await harness.serve(host, async () => {
      const run = await harness.start({ stages: [...STAGES] });
      await eventually('a second deploy', () => host.deploys() === 2);
      await run.terminate('a test');
      await eventually('results', () => host.written.length > 0);
    });
    expect(host.written).toMatchObject([{ verdict: 'base-broken', baseFailure: { code: 'E_ASSERTION' } }]);
    expect(host.written[0]?.stages.map(({ name }) => name)).toEqual(['lint', 'install', 'upgrade']);
  });

  it('is not blamed for a host that fails [R-74 O-47]', async () => {
    const { results } = await lifecycle({ baseFails: 'E_REGISTRY_AUTH' });
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_REGISTRY_AUTH' });
  });

  it('is not blamed for an image that the head needs as well', async () => {
    const { results } = await lifecycle({
      plan: { images: { base: ['nginx:1.29.1'], head: ['nginx:1.29.1'] } },
      missingImages: ['nginx:1.29.1'],
    });
    expect(results).toMatchObject({ verdict: 'failed', code: 'E_IMAGE_UNKNOWN' });
  });
});

it('keeps a marker that no label saves out of the restore', async () => {
  const volume = {
    id: 'file cache',
    kind: 'file',
    service: 'app',
    what: 'a file in cache',
    backedUp: false,
  } as const;
  const { results } = await lifecycle({ data: { markers: [ROW, volume] } });
  expect(results).toMatchObject({ verdict: 'passed', markers: [ROW, volume] });
});

describe('specs of the repository itself', () => {
  const files = ['tests/cc-ci/page.spec.ts'];

  it('are not run unless the recipe is approved, and the results say so [R-36]', async () => {
    const { host, results } = await lifecycle({ plan: { repositorySpecs: { files, approved: false } } });
    expect(host.journal).not.toContain('specs of the repository');
    expect(results).toMatchObject({ verdict: 'passed', level: 5 });
    expect(results.stages.find(({ name }) => name === 'custom')?.assertions).toContainEqual({
      name: 'the specs of the repository itself are not run',
      ok: true,
      detail: 'tests/cc-ci/page.spec.ts: sample is not in recipes/repo-local-approved.txt',
    });
  });

  it.each([
    ['pass', 'pass', 'passed', undefined],
    ['fail', 'fail', 'failed', 'E_SPEC'],
  ] as const)('that %s end the custom stage as %s [R-36]', async (status, custom, verdict, code) => {
    const script = { plan: { repositorySpecs: { files, approved: true } }, repositorySpecStatus: status };
    const { host, results, statuses } = await lifecycle(script);
    expect(host.journal).toContain('specs of the repository');
    expect(statuses).toMatchObject({ custom });
    expect(results.verdict).toBe(verdict);
    expect(results.code).toBe(code);
  });

  it('that verify nothing are no reason to skip the custom stage [R-36 R-38]', async () => {
    const plan = { specs: ['install' as const], repositorySpecs: { files, approved: true } };
    const { results, statuses } = await lifecycle({ plan, repositorySpecStatus: 'unverified' });
    expect(statuses).toMatchObject({ custom: 'unverified' });
    expect(results).toMatchObject({ verdict: 'errored', code: 'E_SPEC' });
  });

  it('do not stand in for those of the reviewed folder [R-36]', async () => {
    const plan = { specs: ['install' as const], repositorySpecs: { files, approved: true } };
    const { host, statuses } = await lifecycle({ plan });
    expect(host.journal).toContain('specs of the repository');
    expect(statuses).toMatchObject({ custom: 'skip' });
  });
});

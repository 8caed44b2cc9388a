import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlannedDependency } from '../../domain/plan.ts';
import { warmStatusSchema } from '../../domain/warm.ts';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost, type HostScript } from './fake-host.ts';

let stack: CliStack;
beforeAll(async () => {
  stack = await startCliStack();
});
afterAll(() => stack.close());

const planned: PlannedDependency = {
  recipe: 'keycloak',
  source: '/srv/keycloak',
  version: { tag: '1.0.0+26.4.0', commit: '1'.repeat(40), chaos: false },
  images: ['keycloak:1'],
  deps: [],
  limits: {
    deployTimeoutMs: 60_000,
    httpTimeoutMs: 10_000,
    steadyMs: 1000,
    backupTimeoutMs: 60_000,
    restoreTimeoutMs: 60_000,
  },
};
const NEWER = { ...planned, version: { tag: '1.1.0+26.4.1', commit: '2'.repeat(40), chaos: false } };
const warm = (...args: string[]) => stack.cli('warm', ...args).done;
const json = (text: string) => warmStatusSchema.parse(JSON.parse(text));

describe('the warm provider on the command line', () => {
  it('comes up, tells how it stands, refuses what must not be, and goes [R-54, R-48]', async () => {
    const script: NonNullable<HostScript['warm']> = { planned };
    const host = new FakeHost({ warm: script });
    await stack.serve(host, async () => {
      const before = await warm('status', 'keycloak');
      expect([before.code, before.stdout]).toEqual([
        1,
        'keycloak is not kept warm; runs deploy their own.\n',
      ]);
      const up = await warm('up', 'keycloak', '--json');
      expect([up.code, json(up.stdout)]).toMatchObject([
        0,
        { phase: 'serving', version: '1.0.0+26.4.0', healthy: true, domain: 'warm-keycloak.ci.test' },
      ]);
      const status = await warm('status', 'keycloak');
      expect(status.code).toBe(0);
      expect(status.stdout).toMatch(
        /^keycloak 1\.0\.0\+26\.4\.0 healthy\n {2}https:\/\/warm-keycloak\.ci\.test\n {2}0 realms of runs\n/,
      );
      script.planned = NEWER;
      const upgrade = await warm('up', 'keycloak');
      expect(upgrade).toMatchObject({ code: 2, stdout: '' });
      expect(upgrade.stderr).toMatch(
        /^cc-ci: keycloak cannot be upgraded: no whole run of keycloak 1\.1\.0.*\n$/,
      );
      script.realms = 1;
      const used = await warm('down', 'keycloak');
      expect(used).toMatchObject({ code: 2, stdout: '' });
      expect(used.stderr).toMatch(/^cc-ci: keycloak stays: a run has a realm there\. .*--force.*\n$/);
      const down = await warm('down', 'keycloak', '--force', '--json');
      expect([down.code, json(down.stdout)]).toMatchObject([0, { phase: 'removed', left: [] }]);
      expect(host.left()).toEqual([]);
      const again = await warm('down', 'keycloak', '--json');
      expect([again.code, json(again.stdout)]).toEqual([0, { recipe: 'keycloak', phase: 'removed' }]);
    });
  });

  it('says why it did not come up', async () => {
    await stack.serve(new FakeHost({ warm: {} }), async () => {
      const { code, stdout, stderr } = await warm('up', 'keycloak');
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
        /^cc-ci: keycloak did not come up: E_RECIPE_FOLDER: /,
      );
    });
  });

  it('keeps nothing but identity providers warm', async () => {
    const { code, stderr } = await warm('up', 'ghost');
    expect([code, stderr]).toEqual([
      2,
      'cc-ci: "ghost" is no identity provider: runs could not share it. Give one of keycloak, authentik\n',
    ]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LintFinding } from '../../domain/lint/finding.ts';
import type { Refusal } from '../../domain/plan.ts';
import { resultsSchema } from '../../domain/results.ts';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';
import { WITH_BASE } from './harness.ts';

const WARNING: LintFinding = {
  id: 'R002',
  severity: 'warning',
  file: 'compose.yml',
  line: 7,
  message: 'db has no health check',
  remedy: 'Add a healthcheck to the service.',
};
const ERROR: LintFinding = { ...WARNING, id: 'CCI-APP-HEALTH', severity: 'error', line: 3 };
const REFUSAL: Refusal = {
  code: 'E_POLICY',
  rule: 'bind-mount',
  file: 'compose.yml',
  line: 12,
  message: '/etc is a folder of the host',
};

describe('plan and lint on the command line', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(async () => {
    await stack.close();
  });

  const open = async () => {
    const { count } = await stack.environment.client.workflow.count(`ExecutionStatus = 'Running'`);
    return count;
  };

  it.each([
    ['plan', 'cc-ci plan my-app --source .'],
    ['lint', 'cc-ci lint my-app --source .'],
  ])('`%s --help` shows examples', async (verb, example) => {
    const { code, stdout } = await stack.cli(verb, '--help').done;
    expect([code, stdout]).toEqual([0, expect.stringContaining(example)]);
  });

  it('`plan` shows what a run would do, and nothing is deployed or written for it', async () => {
    const plan = { ...WITH_BASE, secrets: ['db_password'], specs: ['install' as const] };
    const host = new FakeHost({ plan, data: { findings: [WARNING] } });
    await stack.serve(host, async () => {
      const { code, stdout } = await stack.cli('plan', 'sample').done;
      expect(stdout).toMatch(
        new RegExp(`^sample 1\\.0\\.0\\+1\\.28\\.0 \\(11111111\\) → main \\(${stack.head.slice(0, 8)}\\)\n`),
      );
      for (const line of [
        'base images nginx:1.28.0',
        'images      nginx:1.29.1',
        'secrets     db_password',
        'specs       install',
        'lint        0 errors, 1 warning',
        'policy      allowed',
      ]) {
        expect(stdout).toContain(`  ${line}`);
      }
      expect(code).toBe(0);
    });
    expect(host.journal).toEqual(['prepare', 'lint']);
    expect(await open()).toBe(0);
  });

  it('`plan` prints one JSON document, and ends with 1 when the policy refuses', async () => {
    await stack.serve(new FakeHost({ plan: { refusals: [REFUSAL] } }), async () => {
      const { code, stdout } = await stack.cli('plan', 'sample', '--stages', 'install', '--json').done;
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        recipe: 'sample',
        stages: ['install'],
        allowed: false,
        rendered: true,
        plan: { refusals: [REFUSAL] },
      });
      const shown = await stack.cli('plan', 'sample').done;
      expect(shown.stdout).toContain('E_POLICY compose.yml:12: /etc is a folder of the host (bind-mount)');
    });
  });

  it('`plan` says that the head cannot be rendered, and shows nothing of the base in its place', async () => {
    const refusal: Refusal = {
      ...REFUSAL,
      code: 'E_RENDER',
      rule: 'loader',
      message: 'services must be a map',
    };
    const images = { base: ['nginx:1.28.0'], head: [] };
    const plan = { ...WITH_BASE, images, services: ['app'], secrets: ['db_password'], refusals: [refusal] };
    await stack.serve(new FakeHost({ plan }), async () => {
      const { code, stdout } = await stack.cli('plan', 'sample').done;
      expect(code).toBe(1);
      for (const line of [
        'head        cannot be rendered: E_RENDER compose.yml:12: services must be a map (loader)',
        'services    unknown',
        'base images nginx:1.28.0',
        'images      unknown',
        'secrets     unknown',
        'lint        not judged',
        'policy      refused: 1 refusal',
      ]) {
        expect(stdout).toContain(`\n  ${line}\n`);
      }
      const { stdout: document } = await stack.cli('plan', 'sample', '--json').done;
      expect(JSON.parse(document)).toMatchObject({ allowed: false, rendered: false });
    });
    await stack.serve(new FakeHost({ plan, data: { findings: [ERROR] } }), async () => {
      const { stdout } = await stack.cli('plan', 'sample').done;
      expect(stdout).toContain('  lint        1 error, 0 warnings in what can be read (');
    });
  });

  it('`lint` shows id, severity, place and remedy; only errors make it end with 1', async () => {
    await stack.serve(new FakeHost({ data: { findings: [WARNING] } }), async () => {
      const { code, stdout } = await stack.cli('lint', 'sample').done;
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining('warning compose.yml:7 R002: db has no health'),
      ]);
    });
    await stack.serve(new FakeHost({ data: { findings: [ERROR, WARNING] } }), async () => {
      const { code, stdout } = await stack.cli('lint', 'sample', '--json').done;
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, findings: [ERROR, WARNING], refusals: [] });
    });
  });

  it('`lint` does not call clean what could not be rendered', async () => {
    const refusal: Refusal = { ...REFUSAL, code: 'E_RENDER', message: 'services must be a mapping' };
    await stack.serve(new FakeHost({ plan: { refusals: [refusal] } }), async () => {
      const { code, stdout } = await stack.cli('lint', 'sample').done;
      expect([code, stdout]).toEqual([
        1,
        expect.stringContaining('refused E_RENDER compose.yml:12: services must'),
      ]);
    });
  });

  it.each(['plan', 'lint'])('`%s` says in one line why the recipe cannot be read', async (verb) => {
    await stack.serve(new FakeHost({ data: { fails: { lintRecipe: 'E_REF' } } }), async () => {
      const { code, stdout, stderr } = await stack.cli(verb, 'sample').done;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^cc-ci: E_REF: E_REF as scripted\. Check the recipe name, [^\n]+\n$/);
    });
    expect(await open()).toBe(0);
  });

  it('`plan` says that no worker reads the recipe, and leaves nothing open', async () => {
    const { code, stderr } = await stack.cli('plan', 'sample', '--json').done;
    expect([code, stderr]).toEqual([
      3,
      'cc-ci: no worker of host cli-test took the reading of sample in time. Start one with `npm run up`\n',
    ]);
    expect(await open()).toBe(0);
  }, 40_000);

  it('`run` and `plan` take a work tree as it is, and the commit with --ref', async () => {
    const folder = join(stack.folder, 'sample');
    mkdirSync(join(folder, 'conf'));
    writeFileSync(join(folder, 'conf/new.conf'), 'new\n');
    try {
      await stack.serve(new FakeHost(), async () => {
        const run = await stack.cli('run', 'sample', '--stages', 'install', '--json').done;
        const results = resultsSchema.parse(JSON.parse(run.stdout));
        expect(results).toMatchObject({ verdict: 'passed', ref: 'main+U' });
        expect(results.head).not.toBe(stack.head);
        expect(run.stderr).toContain(
          `has uncommitted changes: it is tested as it is, as ${results.head.slice(0, 8)}+U`,
        );
        const git = ['-C', folder];
        expect(execFileSync('git', [...git, 'show', `${results.head}:conf/new.conf`]).toString()).toBe(
          'new\n',
        );
        expect(
          execFileSync('git', [...git, 'rev-parse', `${results.head}^`])
            .toString()
            .trim(),
        ).toBe(stack.head);
        expect(execFileSync('git', [...git, 'status', '--porcelain']).toString()).toBe('?? conf/\n');

        const planned = JSON.parse((await stack.cli('plan', 'sample', '--json').done).stdout) as unknown;
        expect(planned).toMatchObject({ ref: 'main+U', plan: { head: { commit: results.head } } });
        const committed = await stack.cli('plan', 'sample', '--ref', 'main', '--json').done;
        expect(JSON.parse(committed.stdout)).toMatchObject({ plan: { head: { commit: stack.head } } });
        expect(committed.stderr).toBe('');
      });
    } finally {
      rmSync(join(folder, 'conf'), { recursive: true });
    }
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { openGuardOperation, openOperation } from '../../../activities/support/open-operation.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { runStageSpecs } from '../../../activities/support/run-specs.ts';
import { loadRecipe } from '../../../activities/support/load-recipe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = { role: 'app', recipe: 'sample', source: '/', domain: 's.ci.test', stack: 's_ci_test' };
const version = { commit: '0'.repeat(40), chaos: true };

/** An environment whose attempts run specs; `instead` stands for the runner and gets the folder with the context. */
function bench() {
  const paths = hostPaths(temporaryFolder());
  const environment = {
    id: crypto.randomUUID(),
    runId: 'run-a',
    instance: '0a1b2c3d',
    host: 'test',
    apps: [app],
  };
  const options = { environment, signal: new AbortController().signal, paths, stage: 'install' };
  const { files } = paths.environment(environment.id);
  const attempt = async (token: number) => openOperation({ ...options, token });
  const specs = async (operation: Operation, instead: (input: string) => Promise<void>) => {
    const run: Operation['run'] = async (argv, more) => {
      if (argv[0] !== 'unshare') return operation.run(argv, more);
      await instead(argv[argv.findIndex((word) => word.endsWith('spec-sandbox.sh')) + 4] ?? '');
      return { exitCode: 1, stdout: '', stderr: '' };
    };
    const checkout = temporaryFolder();
    mkdirSync(join(checkout, 'recipes/sample'), { recursive: true });
    writeFileSync(join(checkout, 'recipes/sample/install.spec.ts'), '// not run');
    const recipe = await loadRecipe('sample', checkout);
    return runStageSpecs(
      {
        ingress: { address: '127.0.0.1', port: 1, zone: 'ci.test', ca: 'a certificate' },
        browser: '/nowhere/chromium',
        uid: 65_534,
        gid: 65_534,
        checkout,
        work: join(files, 'specs-install'),
        cache: join(files, 'spec-cache'),
        turns: join(files, 'spec-turns'),
        folders: {
          run: paths.run('run-a'),
          screenshots: paths.screenshots('run-a'),
          traces: paths.traces('run-a'),
        },
        timeoutMs: 1000,
      },
      { ...operation, run },
      {
        app,
        version,
        stage: 'install',
        recipe,
        markers: [],
        seed: 'a seed',
        dependencies: [],
        sso: undefined,
      },
    );
  };
  return { files, attempt, specs, close: () => openGuardOperation({ ...options, token: 9 }) };
}

it('an attempt that was superseded while its specs ran is fenced and takes nothing from its successor', async () => {
  const { files, attempt, specs } = bench();
  const filled = Promise.withResolvers<undefined>();
  let second: ReturnType<typeof specs> | undefined;
  let seen: string[] = [];
  const first = specs(await attempt(1), async (input) => {
    expect(await readdir(input)).toEqual(['ca.pem', 'context.json']);
    const successor = await attempt(2);
    second = specs(successor, async (its) => {
      filled.resolve(undefined);
      await first.catch(() => undefined);
      seen = [...(await readdir(its)), ...(await readdir(dirname(its)))];
    });
    await filled.promise;
  });
  await expect(first).rejects.toMatchObject({ code: 'E_FENCED' });
  // The control: without a report, an attempt that still holds the lane has a verdict.
  await expect(second).resolves.toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
  expect(seen).toEqual(['ca.pem', 'context.json', 'in', 'out']);
  // What the runners share stays for the next stage, and goes with the environment.
  expect(await readdir(files)).toEqual(['spec-cache', 'spec-turns']);
});

it('an attempt that goes on after the removal brings no folder of the environment back', async () => {
  const { files, attempt, specs, close } = bench();
  const late = await attempt(1);
  await close();
  const running = specs(late, () => Promise.reject(new Error('must not start')));
  await expect(running).rejects.toMatchObject({ code: 'E_FENCED' });
  await expect(access(files)).rejects.toThrow('ENOENT');
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintRecipe } from '../../../activities/lint.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { createSwarmPlatform } from '../../../activities/platform/swarm/swarm-platform.ts';
import { prepare } from '../../../activities/prepare.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { runInputSchema } from '../../../domain/plan.ts';
import { fixtureGit } from '../../fixtures/fixture-git.ts';
import { makeRecipe } from '../../fixtures/make-recipe.ts';
import { testConfig } from '../activities/test-config.ts';
import { findRenderer } from '../support/renderer.ts';
import { composeOf, faultlessApp } from './recipe-text.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cc-ci-lint-test-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const COMPOSE = composeOf(
  faultlessApp('    configs: [conf]\n'),
  'configs:\n  conf:\n    name: ${STACK_NAME}_conf_${CONF_VERSION}\n    file: a.conf\n',
);
const FILES = {
  'compose.yml': COMPOSE,
  'a.conf': 'one',
  'abra.sh': 'export CONF_VERSION=v1\n',
  '.env.sample': 'TYPE=sample\nDOMAIN=sample.example.com\nLETS_ENCRYPT_ENV=production\n',
};

function inputFor(source: string, head: string) {
  const run = runInputSchema.omit({ base: true }).parse({
    recipe: 'sample',
    source,
    head,
    ref: 'main',
    stages: ['lint'],
    trigger: 'manual',
    host: 'test',
    zone: 'ci.test',
    instance: '0a1b2c3d',
    deadlineMs: 1000,
    leaseWaitMs: 1000,
  });
  return { ...run, runId: 'run-sample' };
}

const inActivity = <T>(body: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(body);

describe('the lint stage on a repository', () => {
  it('compares the head with the version before, and tells lightweight tags from annotated ones', async () => {
    const recipe = await makeRecipe(join(data, 'recipe'), [
      { files: { ...FILES, 'release/1.0.0+1': 'x\n' }, tags: ['1.0.0+1'] },
      { files: { 'a.conf': 'two' } },
    ]);
    const [base = '', head = ''] = recipe.commits;
    await fixtureGit(recipe.path, ['tag', '--', '0.9.0+1', base], Date.UTC(2025, 0, 1) / 1000);
    const config = { ...testConfig(data), CCI_RENDERER: findRenderer() };
    const paths = hostPaths(data);
    const deps = { config, paths, platform: createSwarmPlatform(config, paths) };
    const version = { commit: base, tag: '1.0.0+1', chaos: false };

    const findings = await inActivity(() =>
      lintRecipe(deps, { ...inputFor(recipe.path, head), base: version }),
    );
    expect(findings.map(({ id, file, line }) => `${id} ${file}:${line}`)).toEqual([
      'CCI-CONFIG-VERSION compose.yml:13',
      'R014 refs/tags/0.9.0+1:1',
    ]);
    const log = await readFile(paths.stageLog('run-sample', 'lint'), 'utf8');
    expect(log).toContain('error CCI-CONFIG-VERSION compose.yml:13');
    // Nothing is left but artefacts of the run and the mirror.
    expect((await readdir(data)).sort()).toEqual(['cache', 'recipe', 'runs']);
  });

  it('finds nothing in the recipe of the dummy platform, and fails with the code of the platform', async () => {
    const paths = hostPaths(data);
    const input = inputFor('/srv/sample', '1'.repeat(40));
    const deps = (platform = createDummyPlatform({})) => ({ config: testConfig(data), paths, platform });
    expect(await inActivity(() => lintRecipe(deps(), input))).toEqual([]);
    const broken = createDummyPlatform({ steps: { readRecipe: [{ fail: 'E_REF' }] } });
    await expect(inActivity(() => lintRecipe(deps(broken), input))).rejects.toMatchObject({ type: 'E_REF' });
  });

  it('leaves nothing behind when it is asked for an answer alone, nor does the reading of the plan', async () => {
    const deps = { config: testConfig(data), paths: hostPaths(data), platform: createDummyPlatform({}) };
    const input = { ...inputFor('/srv/sample', '1'.repeat(40)), unrecorded: true } as const;
    expect(await inActivity(() => lintRecipe(deps, input))).toEqual([]);
    const plan = await inActivity(() => prepare(deps, { ...input, dirty: true }));
    expect(plan.head).toMatchObject({ commit: input.head, dirty: true });
    // The index of runs is the host's own, and was only asked.
    expect(await readdir(data)).toEqual(['index.sqlite']);
  });
});

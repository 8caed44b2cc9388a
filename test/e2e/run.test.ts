import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '../../bench/history-size.ts';
import { withClient } from '../../client/connection.ts';
import { stackName } from '../../domain/ids.ts';
import { resultsSchema } from '../../domain/results.ts';
import { STAGES } from '../../domain/stages.ts';
import { makeRecipe } from '../fixtures/make-recipe.ts';
import { isNamed, observeDocker, serviceChanges } from './observer.ts';
import { cli, config, inventory, required } from './stack.ts';

describe('cc-ci run', () => {
  it('takes a recipe through its whole lifecycle, with one document on standard output [R-01, R-20]', async () => {
    const observer = await observeDocker();
    const { stdout, stderr, exitCode } = await cli('run', 'custom-html', '--json');
    const results = resultsSchema.parse(JSON.parse(stdout));
    const stack = stackName(results.domain ?? '');
    expect(serviceChanges(await observer.stop(), stack)).toEqual({
      [`${stack}_app`]: { created: 1, changed: 1 },
    });
    expect(exitCode).toBe(0);
    expect(results).toMatchObject({ verdict: 'passed', level: 5, partial: false, deployCount: 1 });
    expect(results.stages.map(({ name, status }) => [name, status])).toEqual(
      STAGES.map((name) => [name, 'pass']),
    );
    expect(results.stages.find(({ name }) => name === 'custom')?.specs?.passed).toBeGreaterThan(1);
    // Those of base and head.
    expect(results.images.filter(({ digest }) => /^sha256:[0-9a-f]{64}$/.test(digest))).toHaveLength(2);
    expect(await inventory()).toEqual([]);
    const [, report = ''] = /^report: (.+)$/m.exec(stderr) ?? [];
    expect(readFileSync(report, 'utf8')).toMatch(/<title>passed: custom-html .*nothing left/s);
    // What Temporal has to carry for a run, far below its own limits.
    const { events, historyKiB, largestPayloadKiB } = await withClient(config, (client) =>
      sizeOf(client, results.runId),
    );
    expect(events).toBeLessThan(400);
    expect(historyKiB).toBeLessThan(300);
    expect(largestPayloadKiB).toBeLessThan(64);
  });

  it('leaves metrics of the workers on loopback', async () => {
    const first = Number(required('CCI_METRICS_PORT'));
    // The second pair of ports is that of workers which took over from others.
    const answers = await Promise.all(
      [0, 1, 2, 3].map((next) =>
        fetch(`http://127.0.0.1:${first + next}/metrics`).then(
          (answer) => answer.text(),
          () => '',
        ),
      ),
    );
    const metrics = answers.filter((text) => /temporal_worker_task_slots_available\{/.test(text));
    expect(metrics.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a recipe that the policy refuses', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cc-ci-hostile-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('fails with file and line, and nothing of it is ever created', async () => {
    const fixture = join(import.meta.dirname, '..', 'fixtures', 'hostile', 'docker-socket');
    const tree = join(folder, 'tree');
    cpSync(fixture, tree, { recursive: true });
    const files = Object.fromEntries(
      readdirSync(tree)
        .filter((name) => name !== 'case.json')
        .map((name) => [name, readFileSync(join(tree, name), 'utf8')]),
    );
    const { path } = await makeRecipe(join(folder, 'hostile'), [{ files }]);
    const observer = await observeDocker();
    const { stdout, exitCode } = await cli('run', 'hostile', '--source', path, '--json');
    const results = resultsSchema.parse(JSON.parse(stdout));
    expect(results).toMatchObject({ verdict: 'failed', class: 'recipe', code: 'E_POLICY', deployCount: 0 });
    expect(results.reason).toMatch(/^compose\.yml:\d+: /);
    expect(exitCode).toBe(1);
    const created = (await observer.stop()).filter(
      // Names begin with the first letters of the recipe; other tests may share the daemon.
      (event) => event.Action === 'create' && isNamed(event, 'host-'),
    );
    expect(created).toEqual([]);
  });
});

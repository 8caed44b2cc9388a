import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordRun } from '../../../activities/support/run-index/record-run.ts';
import { sampleResults } from '../support/sample-results.ts';
import { runCli, type Outcome } from './cli-process.ts';
import { cloneOfCli } from './clone-of-cli.ts';

const RUN = 'run-sample-0a1b2c3d4e5f-0a1b2c';

describe('a clone whose stack has been taken down', () => {
  const { root, launcher } = cloneOfCli();
  const folder = join(root, '.cc-ci/data/runs', RUN);
  const cli = (args: readonly string[], env = {}): Promise<Outcome> =>
    runCli(args, { cwd: '/', launcher, env });
  beforeAll(async () => {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    writeFileSync(join(folder, 'logs/install.log'), 'deployed\n');
    writeFileSync(join(folder, 'report.html'), '<html>');
    await recordRun(join(root, '.cc-ci/data/index.sqlite'), sampleResults({ runId: RUN }), 'results.json');
  });

  it('still lists its closed runs, and says that open ones are not shown', async () => {
    const { code, stdout, stderr } = await cli(['list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ runId: RUN, status: 'closed' }] });
    expect(stderr).toMatch(
      /^cc-ci: the stack of this clone is not running.*; open runs are not shown\. .*npm run up.*\n$/,
    );
  });

  it('still prints logs', async () => {
    expect(await cli(['logs'])).toEqual({ code: 0, stdout: 'deployed\n', stderr: '' });
  });

  it('prints what there is of logs to be followed, and says that nothing is written now', async () => {
    const { code, stdout, stderr } = await cli(['logs', RUN, '--follow']);
    expect([code, stdout]).toEqual([0, 'deployed\n']);
    expect(stderr).toMatch(/^cc-ci: the stack is not running, so nothing more is written now; .*\n$/);
  });

  it('still finds reports', async () => {
    expect(await cli(['report'])).toEqual({
      code: 0,
      stdout: `${join(folder, 'report.html')}\n`,
      stderr: '',
    });
  });

  it('reads another data folder where one is named', async () => {
    const { stdout } = await cli(['list', '--json'], { CCI_DATA: join(root, 'elsewhere') });
    expect(JSON.parse(stdout)).toEqual({ runs: [] });
  });
});

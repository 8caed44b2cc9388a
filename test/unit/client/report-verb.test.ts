import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { hostPaths } from '../../../activities/support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CLI = fileURLToPath(new URL('../../../bin/cc-ci', import.meta.url));
const RUN = 'run-sample-3f2a9c1d';

/** The real command line, on a machine whose opener is a script of the test. */
function bench(opener?: string) {
  const folder = temporaryFolder();
  const path = hostPaths(join(folder, 'data')).report(RUN);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '<!doctype html>');
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  if (opener !== undefined) {
    for (const name of ['xdg-open', 'open']) {
      writeFileSync(join(programs, name), `#!/bin/sh\n${opener}\n`, { mode: 0o755 });
    }
  }
  const env = {
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: 'test',
    CCI_DATA: join(folder, 'data'),
    CCI_ZONE: 'ci.test',
    // Nobody listens there: the verb needs files only.
    CCI_TEMPORAL_ADDRESS: '127.0.0.1:1',
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_KEYS_FILE: '/keys.json',
    CCI_TEMPORAL_UI: 'http://127.0.0.1:1',
    CCI_CODEC_PORT: '1',
    PATH: programs,
  };
  const report = (...args: string[]) =>
    execa(process.execPath, [CLI, 'report', ...args], { env, extendEnv: false, reject: false });
  return { folder, path, report };
}

describe('cc-ci report', () => {
  it('prints the path of the latest report, and nothing else', async () => {
    const { path, report } = bench();
    expect(await report()).toMatchObject({ exitCode: 0, stdout: path, stderr: '' });
  });

  it('prints one document with --json', async () => {
    const { path, report } = bench();
    const { stdout, exitCode } = await report(RUN, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ runId: RUN, path, opened: false });
  });

  it('opens it with the program of the desktop', async () => {
    const { folder, path, report } = bench(`printf %s "$1" > "\${0%/*}/../opened"`);
    const { stdout, stderr } = await report('--open', '--json');
    expect(JSON.parse(stdout)).toEqual({ runId: RUN, path, opened: true });
    expect(stderr).toBe('');
    expect(readFileSync(join(folder, 'opened'), 'utf8')).toBe(path);
  });

  it.each([
    ['there is no such program', undefined, 'there is no'],
    ['the program finds no desktop', 'exit 3', 'found nothing to show it with'],
  ])('says the path when %s', async (_what, opener, reason) => {
    const { path, report } = bench(opener);
    const { stdout, stderr, exitCode } = await report('--open');
    expect({ stdout, exitCode }).toEqual({ stdout: path, exitCode: 0 });
    expect(stderr).toMatch(/^cc-ci: it was not opened: .*\. Open the path above with a browser\.$/);
    expect(stderr).toContain(reason);
  });

  it('says in one line that there is no such run, and exits with 2', async () => {
    const { report } = bench();
    const { stdout, stderr, exitCode } = await report('run-other');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toBe('cc-ci: there is no run "run-other" on this host. `cc-ci list` lists the runs');
  });

  it('says in its help how it is used', async () => {
    const { stdout, exitCode } = await bench().report('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}cc-ci report /);
  });
});

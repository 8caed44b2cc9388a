import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LAUNCHER = join(import.meta.dirname, '..', '..', '..', 'bin', 'cc-ci');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the command cc-ci', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-launch-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Without a stack, and told not to start one. */
  function cli(args: readonly string[], extra: Record<string, string> = {}): Promise<Outcome> {
    const env = { PATH: process.env['PATH'] ?? '', CCI_INSIDE_EXEC: '1', ...extra };
    return new Promise((resolve) => {
      // By its first line: whatever `node` comes first on the PATH.
      execFile(LAUNCHER, [...args], { env, cwd: folder }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });
  }

  it.each([
    [['run'], "missing required argument 'recipe'"],
    [['run', 'Not A Name'], '"Not A Name" is not a recipe name'],
    [['run', 'sample', '--stages', 'install,fly'], '"fly" is not a stage'],
    [['run', 'sample', '--ref=--exec=id'], 'cannot be a value of --ref'],
    [['run', 'sample', '--on-interrupt', 'explode'], 'Allowed choices are detach, cancel'],
    [['run', 'sample', 'more'], 'too many arguments'],
    [['statsu'], "unknown command 'statsu'"],
    [['status', '--nonsense'], "unknown option '--nonsense'"],
    [['cancel'], "missing required argument 'run'"],
    [['worker', '--count', '0'], 'give a number from 1 to 16'],
  ])('answers %j with one line, exit code 2 and no stack trace', async (args, fault) => {
    const { code, stdout, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(fault);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^cc-ci: /);
  });

  it('answers a server that is down with one line and exit code 3', async () => {
    const { code, stderr } = await cli(['status'], withKeys(configuration()));
    expect(code).toBe(3);
    expect(stderr).toBe(
      'cc-ci: Temporal does not answer at 127.0.0.1:1. Start the stack with `npm run up`\n',
    );
  });

  it('answers missing keys with one line and exit code 3', async () => {
    const { code, stderr } = await cli(['status'], configuration());
    expect(code).toBe(3);
    expect(stderr).toMatch(/^cc-ci: the key file .*none\.json cannot be read\. .*npm run up.*\n$/);
  });

  function configuration(): Record<string, string> {
    return {
      CCI_INSTANCE: '0a1b2c3d',
      CCI_HOST: 'local',
      CCI_DATA: folder,
      CCI_ZONE: 'ci.test',
      CCI_TEMPORAL_ADDRESS: '127.0.0.1:1',
      CCI_TEMPORAL_NAMESPACE: 'default',
      CCI_KEYS_FILE: join(folder, 'none.json'),
      CCI_TEMPORAL_UI: 'http://127.0.0.1:2',
      CCI_CODEC_PORT: '3',
    };
  }

  function withKeys(variables: Record<string, string>): Record<string, string> {
    const path = join(folder, 'keys.json');
    const key = Buffer.alloc(32, 1).toString('base64');
    writeFileSync(path, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
    return { ...variables, CCI_KEYS_FILE: path };
  }

  it('shows the verbs and the exit codes', async () => {
    const { code, stdout } = await cli(['--help']);
    expect(code).toBe(0);
    for (const verb of ['run', 'status', 'cancel', 'inventory', 'worker', 'codec']) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
    }
    expect(stdout).toContain('4 leaked');
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LAUNCHER = join(import.meta.dirname, '../../../bin/cc-ci');
const documentSchema = z.object({
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      seen: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
});
const outcomeSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** The real binary on a host where nothing that is configured is there. */
async function doctor(...args: string[]) {
  const nothing = '/nowhere/at/all';
  const env = {
    PATH: process.env['PATH'],
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: 'broken',
    CCI_DATA: temporaryFolder(),
    CCI_ZONE: 'ci.test',
    CCI_DOCKER_HOST: `unix://${nothing}`,
    CCI_DOCKER_BIN: nothing,
    CCI_SERVICE_VIPS: 'true',
    CCI_RENDERER: nothing,
    CCI_INGRESS_ADDRESS: '127.0.0.1',
    CCI_INGRESS_HTTP_PORT: '1',
    CCI_INGRESS_HTTPS_PORT: '1',
    CCI_TEMPORAL_ADDRESS: '127.0.0.1:1',
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_KEYS_FILE: nothing,
    CCI_BROWSER: nothing,
    CCI_SPEC_UID: '64213',
    CCI_SPEC_GID: '64213',
  };
  return promisify(execFile)(process.execPath, [LAUNCHER, 'doctor', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => outcomeSchema.parse(error),
  );
}

describe('cc-ci doctor', () => {
  it('exits with 1 and prints one document with a remedy for each failure', async () => {
    const { code, stdout, stderr } = await doctor('--json');
    const { checks } = documentSchema.parse(JSON.parse(stdout));
    const failed = checks.filter(({ status }) => status === 'fail').map(({ name }) => name);
    expect(failed).toEqual([
      ...['disk-docker', 'docker-client', 'docker-daemon', 'swarm', 'proxy-network', 'service-addresses'],
      ...['ingress-web', 'ingress-web-secure', 'certificate', 'dns'],
      ...['temporal', 'namespace', 'search-attributes', 'payload-key', 'history-key', 'workers'],
      ...['renderer', 'backup-tool', 'browser'],
    ]);
    expect(checks.filter(({ status, remedy }) => (status === 'ok') !== (remedy === null))).toEqual([]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  it('prints one line for each check without --json', async () => {
    const { code, stdout } = await doctor();
    expect(stdout).toMatch(/^fail {2}docker-daemon {2,}connect ENOENT \S+\. Start the daemon .*\.$/m);
    expect(stdout).toMatch(/^ok {4}node {2,}\d+\.\d+\.\d+$/m);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d+ ok, \d+ to look at, 19 failed$/);
    expect(code).toBe(1);
  });

  it('has examples and exit codes in its help, and refuses what it does not know', async () => {
    const { stdout, code } = await doctor('--help');
    expect(stdout).toMatch(/Examples:\n {2}cc-ci doctor .*\n {2}cc-ci doctor --json/);
    expect(stdout).toMatch(/Exit codes: 0 no check failed.*1 a check failed/);
    expect(code).toBe(0);
    expect(await doctor('--nope')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^cc-ci: .*\n$/),
    });
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { snapshotContents } from '../../../activities/platform/swarm/backup/snapshot-contents.ts';
import { HEAD_BYTES } from '../../../activities/platform/swarm/backup/judge-dump.ts';
import { createSwarmContext } from '../../../activities/platform/swarm/swarm-context.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import type { Snapshot } from '../../../domain/backup.ts';
import { testConfig } from '../activities/test-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = { role: 'app', recipe: 'sample', source: '/s', domain: 'samp.ci.test', stack: 'samp_ci_test' };
const data = temporaryFolder();
const paths = ['one.sql', 'two.sql'].map((path) => ({ volume: 'db', volumeName: 'samp_ci_test_db', path }));
const snapshot: Snapshot = { id: 'id1', services: [{ service: 'db', version: 'v2', paths }] };
const operation: Operation = {
  environment: { id: crypto.randomUUID(), runId: 'run-1', instance: '0a1b2c3d', host: 'test', apps: [app] },
  run: () => Promise.reject(new Error('nothing is run')),
  signal: new AbortController().signal,
  log: () => undefined,
  hide: () => undefined,
  redact: (text) => text,
  progress: () => undefined,
};

const node = (path: string, size: number) =>
  `${JSON.stringify({ struct_type: 'node', path: `/volumes/db/${path}`, type: 'file', size })}\n`;

/** What restic answers, first to the question for the list and then to that for the beginnings of the dumps. */
function looking(...answers: readonly { stdout: string; stderr?: string }[]) {
  const left = [...answers];
  const context = {
    ...createSwarmContext(testConfig(data), hostPaths(data)),
    command: () => {
      const { stdout = '', stderr = '' } = left.shift() ?? {};
      return Promise.resolve({ exitCode: 0, stdout, stderr });
    },
  };
  return snapshotContents(context, operation, app, snapshot);
}

const SQL = 'CREATE TABLE notes ();\n';
const base64 = (text: string | Buffer) => `${Buffer.from(text).toString('base64')}\n`;

describe('a look into a snapshot', () => {
  it('judges dumps by their beginnings, which of long ones is not all', async () => {
    const long = randomBytes(HEAD_BYTES);
    const listed = node('one.sql', SQL.length) + node('two.sql', 10_000_000);
    const contents = await looking({ stdout: listed }, { stdout: base64(SQL) + base64(long) });
    expect(contents.map(({ path, dump }) => [path, dump])).toEqual([
      ['one.sql', 'data'],
      ['two.sql', 'data'],
    ]);
  });

  it('does not take a dump that cannot be read for an empty one, and names it [R-25]', async () => {
    const listed = node('one.sql', SQL.length) + node('two.sql', 700);
    const failing = looking(
      { stdout: listed },
      { stdout: `${base64(SQL)}\n`, stderr: 'Fatal: ciphertext verification failed' },
    );
    await expect(failing).rejects.toMatchObject({
      code: 'E_COMMAND',
      message: expect.stringMatching(
        /cannot be read: db\/two\.sql \(0 bytes came\): Fatal: ciphertext/,
      ) as string,
    });
  });

  it('says that the list of files was cut, instead of stumbling over half a line [R-25]', async () => {
    await expect(looking({ stdout: node('one.sql', 23).slice(0, 40) })).rejects.toMatchObject({
      code: 'E_COMMAND',
      message: expect.stringContaining('is cut') as string,
    });
  });
});

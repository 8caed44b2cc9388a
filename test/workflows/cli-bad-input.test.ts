import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli, startCliStack, type CliOutcome, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const UNKNOWN = 'run-sample-0a1b2c3d4e5f-0a1b2c';

interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** Cause and remedy. */
  readonly line: RegExp;
}

describe('bad input on the command line', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
    writeKeys('other.json', 'k1');
    writeKeys('renamed.json', 'k2');
    // One run, which shows with which key this installation encrypts.
    await stack.serve(new FakeHost(), () => stack.cli('run', 'sample', '--stages', 'install').done);
  });
  afterAll(async () => {
    await stack.close();
  });

  function writeKeys(name: string, id: string): void {
    const keys = { [id]: Buffer.alloc(32, 7).toString('base64') };
    writeFileSync(join(stack.folder, name), JSON.stringify({ active: id, keys }), { mode: 0o600 });
  }

  function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliOutcome> {
    return startCli(args, { PATH: process.env['PATH'] ?? '', ...stack.variables, ...env }).done;
  }

  async function traces(): Promise<{ runs: number; files: string[] }> {
    const { count } = await stack.environment.client.workflow.count(`WorkflowType = 'recipeRun'`);
    return {
      runs: count,
      files: readdirSync(stack.folder, { recursive: true, encoding: 'utf8' }).toSorted(),
    };
  }

  const CASES: Readonly<Record<string, Case>> = {
    'an unknown recipe': {
      args: ['run', 'nonesuch'],
      code: 2,
      line: /"[^"]*nonesuch" cannot be used: there is no such folder\. .*--source/,
    },
    'an unknown reference': {
      args: ['run', 'sample', '--ref', 'nonesuch'],
      code: 2,
      line: /E_REF: .* no branch, tag or tip "nonesuch"\. Check that it has been pushed/,
    },
    'a reference that climbs': {
      args: ['run', 'sample', '--ref', 'refs/../../HEAD'],
      code: 2,
      line: /cannot be a value of --ref\. Give a branch, a tag or a commit/,
    },
    'a recipe name that climbs': {
      args: ['run', '../sample'],
      code: 2,
      line: /"\.\.\/sample" is not a recipe name\. Give a name such as/,
    },
    'a source with user info': {
      args: ['run', 'sample', '--source', 'https://user:hunter2@example.org/sample.git'],
      code: 2,
      line: /^cc-ci: the source URL holds user info\. Give a URL without it/,
    },
    'a source that is not allowed': {
      args: ['run', 'sample', '--source', 'git@example.org:sample.git'],
      code: 2,
      line: /ssh is not allowed; use https or a path\. /,
    },
    'a source that is ssh, with its user': {
      args: ['run', 'sample', '--source', 'ssh://git@example.org/sample.git'],
      code: 2,
      line: /ssh is not allowed; use https or a path\. /,
    },
    'a source that is no repository': {
      args: ['run', 'sample', '--source', '/'],
      code: 2,
      line: /E_REF: \/ cannot be read \(.*\)\. Check the name/,
    },
    'options that exclude each other': {
      args: ['run', 'sample', '--detach', '--junit', 'junit.xml'],
      code: 2,
      line: /'--detach' cannot be used with option '--junit <file>'\. /,
    },
    'another key under the same name': {
      args: ['run', 'sample', '--stages', 'lint'],
      env: { CCI_KEYS_FILE: 'other.json' },
      code: 3,
      line: /does not decrypt with key "k1".*\. Set CCI_KEYS_FILE, now .*other\.json, to the key file of/,
    },
    'a key file without the key': {
      args: ['status'],
      env: { CCI_KEYS_FILE: 'renamed.json' },
      code: 3,
      line: /needs key "k1", which is not in the key file .*\. Set CCI_KEYS_FILE/,
    },
    'a server that is down': {
      args: ['run', 'sample'],
      env: { CCI_TEMPORAL_ADDRESS: '127.0.0.1:1' },
      code: 3,
      line: /Temporal does not answer at 127\.0\.0\.1:1\. Start the stack with `npm run up`/,
    },
    'a namespace that is not there': {
      args: ['run', 'sample'],
      env: { CCI_TEMPORAL_NAMESPACE: 'nonesuch' },
      code: 3,
      line: /has no namespace "nonesuch"\. Set CCI_TEMPORAL_NAMESPACE/,
    },
    'a configuration that is not valid': {
      args: ['list'],
      env: { CCI_CODEC_PORT: 'eighty' },
      code: 3,
      line: /CCI_CODEC_PORT is not valid .*\. Run `npm run up`/,
    },
    'an unknown run to look at': {
      args: ['status', UNKNOWN],
      code: 2,
      line: /there is no run "run-sample-[^"]*"\. `cc-ci list`/,
    },
    'an unknown run to cancel': {
      args: ['cancel', UNKNOWN],
      code: 2,
      line: /there is no open run "run-sample-[^"]*"\. `cc-ci status`/,
    },
    'an unknown run to follow the logs of': {
      args: ['logs', UNKNOWN, '--follow'],
      code: 2,
      line: /there are no logs of "run-sample-[^"]*" on this host\. `cc-ci list`/,
    },
  };

  it.each(Object.keys(CASES))(
    'answers %s with one line and an exit code, and leaves nothing behind',
    async (name) => {
      const { args, env = {}, code, line } = CASES[name] ?? { args: [], code: -1, line: /^$/ };
      const keys = env['CCI_KEYS_FILE'];
      const before = await traces();
      const absolute = keys === undefined ? {} : { CCI_KEYS_FILE: join(stack.folder, keys) };
      const outcome = await cli(args, { ...env, ...absolute });
      expect(outcome.stderr).toMatch(line);
      expect(outcome.stderr).toMatch(/^cc-ci: .*\n$/);
      expect(outcome.stderr).not.toContain('hunter2');
      expect(outcome).toMatchObject({ code, stdout: '' });
      expect(await traces()).toEqual(before);
    },
    60_000,
  );

  it('ends a run whose host has no Docker daemon as errored, with cause and remedy in one line', async () => {
    await stack.serve(new FakeHost({ deployFails: 'E_DOCKER' }), async () => {
      const outcome = await stack.cli('run', 'sample', '--stages', 'install').done;
      expect(outcome.code).toBe(3);
      expect(outcome.stderr).toMatch(/^errored, partial in .*: E_DOCKER .*check that the daemon runs.*$/m);
      expect(outcome.stderr).toMatch(/^cc-ci: recipe=sample .* verdict=errored level= code=E_DOCKER /m);
    });
  });
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../client/cli/main.ts';
import { cloneOfCli } from '../unit/client/clone-of-cli.ts';
import { startCli, startCliStack, type CliOutcome, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = 'run-sample-0a1b2c3d4e5f-0a1b2c';

interface VerbTest {
  readonly works: () => Promise<CliOutcome>;
  /** What it prints then; JSON where the verb can. */
  readonly prints: object | RegExp;
  readonly failing: readonly string[];
  readonly code: number;
  readonly line: RegExp;
}

/** The verbs that other files run, as the real binary too. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  report: 'test/unit/client/report-verb.test.ts',
  janitor: 'test/workflows/janitor-verb.test.ts',
  hold: 'test/workflows/hold-verbs.test.ts',
  release: 'test/workflows/hold-verbs.test.ts',
  plan: 'test/workflows/cli-recipes.test.ts',
  lint: 'test/workflows/cli-recipes.test.ts',
  recipes: 'test/workflows/cli-recipe-folders.test.ts',
  recipe: 'test/workflows/cli-recipe-folders.test.ts',
  flakes: 'test/unit/client/cli-flakes.test.ts',
  warm: 'test/workflows/warm-verbs.test.ts',
  doctor: 'test/unit/doctor/verb.test.ts',
};

describe('every verb of the command line', () => {
  let stack: CliStack;
  let clone: string;
  beforeAll(async () => {
    stack = await startCliStack();
    clone = makeClone();
    const log = join(stack.folder, 'data', 'runs', RUN, 'logs', 'install.log');
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, 'deployed\n');
  });
  afterAll(async () => {
    await stack.close();
  });

  /** The command line in a clone whose setup and supervisor only say how they were called. */
  function makeClone(): string {
    const { root, launcher } = cloneOfCli();
    const program = `const words = process.argv.slice(2);
      console.error('called with', ...words);
      process.exitCode = words.includes('--force') || words.includes('3') ? 3 : 0;`;
    for (const name of ['setup/main.mjs', 'worker/supervisor.ts']) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), program);
    }
    return launcher;
  }

  const cli = (...args: string[]) => stack.cli(...args).done;
  const inClone = (...args: string[]) =>
    startCli(args, { PATH: process.env['PATH'] ?? '', ...stack.variables }, clone).done;

  async function cancelOpenRun(): Promise<CliOutcome> {
    const started = await cli('run', 'sample', '--base', 'v1', '--stages', 'install', '--detach', '--json');
    const { runId } = JSON.parse(started.stdout) as { runId: string };
    return cli('cancel', runId, '--reason', 'by the test', '--json');
  }

  const TESTS: Readonly<Record<string, VerbTest>> = {
    run: {
      works: () => cli('run', 'sample', '--stages', 'install', '--json'),
      prints: { verdict: 'passed' },
      failing: ['run', 'sample', '--stages', 'fly'],
      code: 2,
      line: /"fly" is not a stage\. The stages are lint, /,
    },
    status: {
      works: () => cli('status', '--json'),
      prints: { runs: expect.any(Array) as unknown },
      failing: ['status', RUN],
      code: 2,
      line: /there is no run "/,
    },
    list: {
      works: () => cli('list', '--json'),
      prints: { runs: expect.any(Array) as unknown },
      failing: ['list', '--verdict', 'green'],
      code: 2,
      line: /"green" is not a verdict/,
    },
    logs: {
      works: () => cli('logs', RUN, '--stage', 'install', '--json'),
      prints: [{ source: 'install', line: 'deployed' }],
      failing: ['logs', RUN, '--stage', 'upgrade'],
      code: 2,
      line: /has no log of a stage "upgrade"\. It has install/,
    },
    cancel: {
      works: cancelOpenRun,
      prints: { outcome: 'accepted' },
      failing: ['cancel', RUN],
      code: 2,
      line: /there is no open run "/,
    },
    up: {
      works: () => inClone('up', '--yes', '--json'),
      prints: { stack: 'up' },
      failing: ['up', '--allow-foreign-stacks'],
      code: 2,
      line: /--allow-foreign-stacks means nothing without --use-docker\. Give both or neither/,
    },
    down: {
      works: () => inClone('down', '--json'),
      prints: { stack: 'down' },
      failing: ['down', '--all'],
      code: 2,
      line: /unknown option '--all'/,
    },
    worker: {
      works: () => inClone('worker', '--count', '1'),
      prints: /^$/,
      failing: ['worker', '--count', '17'],
      code: 2,
      line: /give a number from 1 to 16/,
    },
    inventory: {
      works: () => cli('inventory', '--json'),
      prints: { items: [] },
      failing: ['inventory', 'all'],
      code: 2,
      line: /too many arguments/,
    },
    codec: {
      works: () => cli('codec', '--link', '--json'),
      prints: { link: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/open\?token=/) as unknown },
      failing: ['codec', '--port', '80'],
      code: 2,
      line: /unknown option '--port'/,
    },
    completion: {
      works: () => cli('completion', 'bash', '--json'),
      prints: { shell: 'bash' },
      failing: ['completion', 'tcsh'],
      code: 2,
      line: /Allowed choices are bash, zsh, fish/,
    },
    help: {
      works: () => cli('help', 'run'),
      prints: /^Usage: cc-ci run /,
      failing: ['help', 'fly'],
      code: 2,
      line: /there is no verb "fly"\. `cc-ci help` lists the verbs/,
    },
  };

  it('has a test: here, or in a file that runs it', () => {
    const verbs = createProgram().commands.map((verb) => verb.name());
    expect([...Object.keys(TESTS), ...Object.keys(ELSEWHERE)].toSorted()).toEqual(verbs.toSorted());
    for (const [verb, file] of Object.entries(ELSEWHERE)) {
      expect(readFileSync(join(ROOT, file), 'utf8'), file).toMatch(
        new RegExp(`(\\(\\[?|\\[\\w+, )'${verb}'`),
      );
    }
  });

  it.each(Object.keys(TESTS))('%s does its work', async (verb) => {
    await stack.serve(new FakeHost({ deployMs: verb === 'cancel' ? 60_000 : 0 }), async () => {
      const { works, prints } = TESTS[verb] ?? { works: () => cli(), prints: {} };
      const outcome = await works();
      expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/^\s+at /m) as unknown });
      if (prints instanceof RegExp) expect(outcome.stdout).toMatch(prints);
      else expect(JSON.parse(outcome.stdout)).toMatchObject(prints);
    });
  });

  it.each(Object.keys(TESTS))('%s says in one line why it cannot', async (verb) => {
    const { failing, code, line } = TESTS[verb] ?? { failing: [], code: -1, line: /^$/ };
    const outcome = await cli(...failing);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(line) as unknown });
    expect(outcome.stderr).toMatch(/^cc-ci: .*\n$/);
  });

  it('hands flags and exit codes through to the programs it runs in its place', async () => {
    const up = await inClone('up', '--use-docker', '--allow-foreign-stacks');
    expect(up).toMatchObject({ code: 0, stderr: 'called with up --use-docker --allow-foreign-stacks\n' });
    const down = await inClone('down', '--force', '--json');
    expect(down).toEqual({ code: 3, stdout: '', stderr: 'called with down --force\n' });
    const worker = await inClone('worker', '--count', '3');
    expect(worker).toMatchObject({ code: 3, stderr: 'called with --count 3\n' });
  });
});

import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost } from './fake-host.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/cc-ci', import.meta.url));
const CTRL_C = '\u0003';
const GREEN = '\u001b[32m';

interface TerminalSession {
  /** Everything that was written to the terminal, control sequences included. */
  readonly screen: () => string;
  readonly shows: (text: string | RegExp) => Promise<string>;
  readonly press: (keys: string) => void;
  readonly done: Promise<number>;
}

describe('the command line on a terminal', () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack();
  });
  afterAll(async () => {
    await stack.close();
  });

  /** The real binary on a pseudo-terminal of 40 lines, which script(1) of util-linux makes. */
  function open(args: readonly string[], env: Readonly<Record<string, string>> = {}): TerminalSession {
    const line = `stty rows 40 cols 160; exec '${process.execPath}' '${LAUNCHER}' ${args.join(' ')}`;
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        ...stack.variables,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let written = '';
    child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
    const shows = async (text: string | RegExp) => {
      for (const until = Date.now() + 20_000; Date.now() < until;) {
        const plain = stripVTControlCharacters(written);
        if (typeof text === 'string' ? plain.includes(text) : text.test(plain)) return plain;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`not within 20 s: ${String(text)}; it showed: ${stripVTControlCharacters(written)}`);
    };
    const done = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    return { screen: () => written, shows, press: (keys) => child.stdin.write(keys), done };
  }

  it('draws a live table with stage times, elapsed time and attempts', async () => {
    await stack.serve(new FakeHost({ deployMs: 3_000 }), async () => {
      const session = open(['run', 'sample', '--stages', 'install']);
      await session.shows(/sample main: stages on samp-\S+, \d\.\d s/);
      await session.shows(/▸ install {2}running {4}1\.\d s/);
      await session.shows('✓ install  pass');
      expect(await session.done).toBe(0);
      expect(session.screen()).toContain(`${GREEN}passed`);
      // The table is drawn over itself.
      expect(session.screen()).toContain('\u001b[1A');
    });
  });

  it('shows no colours when NO_COLOR is set', async () => {
    await stack.serve(new FakeHost(), async () => {
      const session = open(['run', 'sample', '--stages', 'install'], { NO_COLOR: '1' });
      expect(await session.done).toBe(0);
      const plain = await session.shows('passed, partial in');
      expect(plain).toContain('verdict=passed');
      expect(session.screen()).not.toMatch(/\u001b\[3\dm/);
    });
  });

  it('detaches on Ctrl-C and says how to look, to cancel and to follow again', async () => {
    await stack.serve(new FakeHost({ deployMs: 60_000 }), async () => {
      const session = open(['run', 'sample', '--stages', 'install']);
      await session.shows('▸ install');
      session.press(CTRL_C);
      expect(await session.done).toBe(130);
      const [, runId = ''] = /cc-ci cancel (run-\S+?)`/.exec(await session.shows('cc-ci cancel run-')) ?? [];
      const { client } = stack.environment;
      expect((await client.workflow.getHandle(runId).describe()).status.name).toBe('RUNNING');

      const again = open(['run', 'sample', '--stages', 'install']);
      await again.shows(`joined ${runId}`);
      await stack.cli('cancel', runId).done;
      expect(await again.done).toBe(5);
    });
  });

  it('lists runs as a table with a head', async () => {
    const session = open(['list']);
    await session.shows(/STARTED \(UTC\) +RECIPE +REF +VERDICT +LEVEL +TIME +CODE +RUN/);
    expect(await session.done).toBe(0);
  });
});

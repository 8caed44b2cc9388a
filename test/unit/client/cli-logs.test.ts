import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutControls } from '../../../client/cli/terminal-text.ts';
import { Tail } from '../../../client/logs/tail.ts';
import { configurationIn, runCli, type Outcome } from './cli-process.ts';

const RUN = 'run-sample-0a1b2c3d4e5f-0a1b2c';
const RED = '\u001b[31mred\u001b[39m';

describe('cc-ci logs', () => {
  let folder: string;
  let env: Record<string, string>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-logs-'));
    env = configurationIn(folder);
    write(
      `${RUN}/logs/install.log`,
      '2026-11-01T10:00:01.000Z deploy\n2026-11-01T10:00:04.000Z up\nwithout a time\n',
    );
    write(`${RUN}/logs/upgrade.log`, `2026-11-01T10:00:05.000Z ${RED}\n`);
    write(`${RUN}/logs/services/0a1b2c3d/app.log`, '2026-11-01T10:00:02.123456789Z app.1.x | hello');
    write(`${RUN}/logs/services/0a1b2c3d/app.tasks.json`, '[]');
    write('run-older-0a1b2c3d4e5f-0a1b2c/logs/install.log', 'older\n');
    for (const path of ['', '/logs', '/logs/install.log']) {
      utimesSync(join(folder, 'data/runs/run-older-0a1b2c3d4e5f-0a1b2c') + path, 1, 1);
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function write(path: string, content: string): void {
    const file = join(folder, 'data', 'runs', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const logs = (...args: string[]): Promise<Outcome> => runCli(['logs', ...args], { cwd: folder, env });

  it('prints all logs of the latest run by time, each line with its source, without control sequences', async () => {
    expect(await logs()).toEqual({
      code: 0,
      stdout: [
        'install  | 2026-11-01T10:00:01.000Z deploy',
        'app      | 2026-11-01T10:00:02.123456789Z app.1.x | hello',
        'install  | 2026-11-01T10:00:04.000Z up',
        'install  | without a time',
        'upgrade  | 2026-11-01T10:00:05.000Z red',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('prints one log as it is', async () => {
    expect((await logs(RUN, '--service', 'app')).stdout).toBe(
      '2026-11-01T10:00:02.123456789Z app.1.x | hello\n',
    );
    expect((await logs('run-older-0a1b2c3d4e5f-0a1b2c', '--stage', 'install')).stdout).toBe('older\n');
  });

  it('prints lines with their sources as one JSON document', async () => {
    const { stdout } = await logs('--stage', 'upgrade', '--json');
    expect(JSON.parse(stdout)).toEqual([{ source: 'upgrade', line: '2026-11-01T10:00:05.000Z red' }]);
  });

  it.each([
    [['--stage', 'fly'], `${RUN} has no log of a stage "fly". It has install, upgrade`],
    [['--service', '../../x'], `${RUN} has no log of a service "../../x". It has app`],
    [['../../etc'], '"../../etc" is not the id of a run. `cc-ci list` shows the ids'],
    [['run-none'], 'there are no logs of "run-none" on this host. `cc-ci list` shows the runs'],
  ])('answers %j with one line and exit code 2', async (args, line) => {
    expect(await logs(...args)).toEqual({ code: 2, stdout: '', stderr: `cc-ci: ${line}\n` });
  });

  it('reads a file that grows line by line, and all of it at the end', () => {
    const path = join(folder, 'grows.log');
    const source = { name: 'app', kind: 'service', path } as const;
    const tail = new Tail();
    expect(tail.read([source], false)).toEqual([]);
    writeFileSync(path, 'one\ntw');
    expect(tail.read([source], false)).toEqual([{ source: 'app', line: 'one' }]);
    writeFileSync(path, 'o\nthree', { flag: 'a' });
    expect(tail.read([source], false)).toEqual([{ source: 'app', line: 'two' }]);
    expect(tail.read([source], true)).toEqual([{ source: 'app', line: 'three' }]);
    expect(tail.read([source], true)).toEqual([]);
  });

  it('keeps colours for a terminal, and nothing else that an app could say to it', () => {
    const evil = `${RED}\u001b]0;title\u0007\u001b[2J\u001b]52;c;Zm9v\u0007\u0008!`;
    expect(withoutControls(evil, true)).toBe(`${RED}!\u001b[0m`);
    expect(withoutControls(evil, false)).toBe('red!');
  });
});

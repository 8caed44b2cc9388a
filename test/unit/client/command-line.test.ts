import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../../client/cli/main.ts';
import { configurationIn, runCli } from './cli-process.ts';

const VERBS = createProgram().commands.map((verb) => verb.name());

describe('the command cc-ci', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-launch-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const cli = (args: readonly string[], env: Record<string, string> = {}) =>
    runCli(args, { cwd: folder, env });

  it.each([
    [['run'], "missing required argument 'recipe'"],
    [['run', 'Not A Name'], '"Not A Name" is not a recipe name'],
    [['run', 'sample', '--stages', 'install,fly'], '"fly" is not a stage'],
    [['run', 'sample', '--ref=--exec=id'], 'cannot be a value of --ref'],
    [['run', '../../etc'], '"../../etc" is not a recipe name'],
    [['run', 'sample', '--ref', '../main'], 'cannot be a value of --ref'],
    [['run', 'sample', '--detach', '--junit', 'a.xml'], "'--detach' cannot be used with option '--junit"],
    [['run', 'sample', '--detach', '--on-interrupt', 'cancel'], "cannot be used with option '--on-interrupt"],
    [['run', 'sample', '--junit', 'none/a.xml'], 'is not there or cannot be written to'],
    [['run', 'sample', '--junit', '/dev/null'], 'it is not a file'],
    [['status', "run-x' OR 'a"], 'is not the id of a run'],
    [['cancel', '../run'], '"../run" is not the id of a run'],
    [['list', '--recipe', '../x'], '"../x" is not a recipe name'],
    [['list', '--verdict', 'green'], '"green" is not a verdict'],
    [['list', '--since', 'yesterday'], 'give an age as 7d'],
    [['list', '--since', '1d', '--until', '2d'], '--since is later than --until'],
    [['list', '--limit', '0'], 'give a number from 1 to 1000'],
    [['logs', '--json', '--follow'], "'--json' cannot be used with option '--follow'"],
    [['up', '--allow-foreign-stacks'], 'means nothing without --use-docker'],
    [['down', 'now'], 'too many arguments'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [['help', 'fly'], 'there is no verb "fly"'],
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
    expect(stderr).not.toMatch(/\.\. /);
  });

  it.each([
    [['run'], 'cc-ci help run'],
    [['status', '--nonsense'], 'cc-ci help status'],
    [['recipe', 'init'], 'cc-ci help recipe init'],
    [['statsu'], 'cc-ci help'],
  ])('ends the answer to the wrong usage %j with its own help', async (args, help) => {
    const { stderr } = await cli(args);
    expect(stderr).toMatch(new RegExp(`\\. See \`${help}\`\\n$`));
    expect((await cli(help.split(' ').slice(1))).code).toBe(0);
  });

  it('tells its version, as package.json has it', async () => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as { version: string };
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('answers a server that is down with one line and exit code 3', async () => {
    const { code, stderr } = await cli(['status'], configurationIn(folder));
    expect(code).toBe(3);
    expect(stderr).toBe(
      'cc-ci: Temporal does not answer at 127.0.0.1:1. Start the stack with `npm run up`\n',
    );
  });

  it('answers missing keys with one line and exit code 3', async () => {
    const { code, stderr } = await cli(['status'], {
      ...configurationIn(folder),
      CCI_KEYS_FILE: join(folder, 'none.json'),
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^cc-ci: the key file .*none\.json cannot be read\. .*npm run up.*\n$/);
  });

  it.each(VERBS)('%s explains itself with examples and exit codes', async (verb) => {
    const asked = await cli(['help', verb]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(new RegExp(`^Usage: cc-ci ${verb}\\b`));
    expect(asked.stdout).toMatch(/^Examples:\n {2}\S/m);
    expect(asked.stdout).toMatch(/^Exit codes: \d/m);
  });

  it('shows the same help for `help <verb>` and `<verb> --help`', async () => {
    expect(await cli(['list', '--help'])).toEqual(await cli(['help', 'list']));
  });

  it('shows the verbs in groups and the exit codes', async () => {
    const { code, stdout } = await cli(['--help']);
    expect(code).toBe(0);
    for (const verb of createProgram().commands) {
      expect(stdout).toMatch(new RegExp(`^  ${verb.name()} `, 'm'));
    }
    expect(stdout).toMatch(/^Runs:\n {2}run /m);
    expect(stdout).not.toMatch(/^Commands:/m);
    expect(stdout).toContain('4 leaked');
  });
});

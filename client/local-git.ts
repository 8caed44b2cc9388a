import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { gitEnvironment } from './resolve-ref.ts';

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 32 * 1024 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Runs git and resolves with its output, trimmed; rejects with its complaint. */
export type Git = (...args: string[]) => Promise<string>;

/** Nothing that a repository's configuration could name is started, and no file of its own is changed on the way. */
const SETTINGS = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null'],
  ...['core.untrackedCache=false', 'core.splitIndex=false', 'core.safecrlf=false'],
  ...['submodule.recurse=false', 'gc.auto=0', 'maintenance.auto=false'],
];

/**
 * git on the work tree whose top a folder is, with an index of our own. Undefined where the folder is no such thing, or
 * nothing has been committed yet. Commits are nobody's, and as old as HEAD: equal trees make equal commits.
 * @param index file that need not exist yet
 */
export async function openWorkTree(
  folder: string,
  index: string,
  environment: Environment,
): Promise<Git | undefined> {
  // Where git looks for what the user ignores in every repository.
  const home = pick(environment, ['HOME', 'XDG_CONFIG_HOME']);
  const base = { ...gitEnvironment(environment), ...home };
  // The person who names the folder trusts it.
  const place = ['-c', 'safe.directory=*', '-C', folder];
  const ask: Git = (...args) => run([...place, ...args], base);
  const inside = await orNothing(ask('rev-parse', '--is-inside-work-tree'));
  const prefix = await orNothing(ask('rev-parse', '--show-prefix'));
  // Of the commit's line and this one; `show` would check signatures with a program.
  const date = (await orNothing(ask('rev-list', '--max-count=1', '--format=%cI', 'HEAD'))).split('\n').at(-1);
  if (inside !== 'true' || prefix !== '' || !date) return undefined;
  const settings = [...SETTINGS, ...(await ignoredEverywhere(environment, home)), ...(await noFilters(ask))];
  const env = {
    ...base,
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) => [
        [`GIT_${role}_NAME`, 'cc-ci'],
        [`GIT_${role}_EMAIL`, 'cc-ci@localhost'],
        [`GIT_${role}_DATE`, date],
      ]),
    ),
    GIT_INDEX_FILE: index,
    GIT_ATTR_NOSYSTEM: '1',
  };
  return (...args) => run([...place, ...settings.flatMap((setting) => ['-c', setting]), ...args], env);
}

/** The file that core.excludesFile of the user names; the one value of that configuration which counts here. */
async function ignoredEverywhere(environment: Environment, home: Record<string, string>): Promise<string[]> {
  const ask = run(['config', '--global', '--type=path', '--get', 'core.excludesFile'], {
    ...pick(environment, ['PATH']),
    ...home,
  });
  const file = await orNothing(ask);
  return file === '' ? [] : [`core.excludesFile=${file}`];
}

/** Filters are programs of the repository's choosing; without them files are recorded as they lie there. */
async function noFilters(ask: Git): Promise<string[]> {
  const keys = await orNothing(ask('config', '--name-only', '--null', '--get-regexp', '^filter\\.'));
  return keys
    .split('\0')
    .filter((key) => key !== '')
    .map((key) => `${key}=${key.endsWith('.required') ? 'false' : ''}`);
}

function pick(environment: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]] as const])),
  );
}

async function run(args: readonly string[], env: Record<string, string>): Promise<string> {
  try {
    const options = { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT };
    return (await promisify(execFile)('git', [...args], options)).stdout.trim();
  } catch (error) {
    throw new Error(complaintOf(error), { cause: error });
  }
}

function orNothing(asking: Promise<string>): Promise<string> {
  return asking.catch(() => '');
}

function complaintOf(error: unknown): string {
  const stderr = z.object({ stderr: z.string().min(1) }).safeParse(error);
  const lines = (stderr.data?.stderr ?? String(error)).trim().split('\n');
  return (lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1) ?? '').slice(0, 200);
}

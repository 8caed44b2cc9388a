import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { CodedError } from '../../../domain/errors.ts';
import { commitSchema } from '../../../domain/ids.ts';
import type { Operation } from '../../support/operation.ts';
import type { CommandOptions, CommandResult } from '../../support/run-command.ts';
import type { VersionTag } from './version-tags.ts';

const FETCH_MS = 10 * 60_000;
const LOCAL_MS = 60_000;

/** Recipes are read from a path or over TLS; nothing that runs a program of the URL's choosing. */
const PROTOCOLS = ['file:', 'https:'];

/** A mirror of a recipe's repository, shared by all runs of the host. */
export interface Mirror {
  readonly source: string;
  readonly folder: string;
}

export function mirrorOf(gitCache: string, source: string): Mirror {
  checkSource(source);
  const key = createHash('sha256').update(source).digest('hex').slice(0, 16);
  return { source, folder: join(gitCache, `${key}.git`) };
}

/** Whether the mirror has the commit. */
export async function hasCommit(operation: Operation, mirror: Mirror, commit: string): Promise<boolean> {
  const object = `${commitSchema.parse(commit)}^{commit}`;
  const found = await git(operation, mirror, ['cat-file', '-e', object], { accept: [0, 1, 128] });
  return found.exitCode === 0;
}

/**
 * Brings branches and tags of the mirror up to date, and the commit when no branch leads to it. Rejects with `E_REF`
 * when there is no such repository or commit, and with `E_COMMAND` (to be tried again) when it cannot be reached.
 */
export async function fetchMirror(operation: Operation, mirror: Mirror, commit: string): Promise<void> {
  await fetchBranches(operation, mirror);
  if (await hasCommit(operation, mirror, commit)) return;
  await changeMirror(operation, mirror, [...FETCH, '--', mirror.source, `+${commit}:refs/pinned/${commit}`]);
}

/** Brings branches and tags of the mirror up to date; rejects as `fetchMirror` does. */
export async function fetchBranches(operation: Operation, mirror: Mirror): Promise<void> {
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  await changeMirror(operation, mirror, [...FETCH, '--prune', '--', mirror.source, ...refs]);
}

/** Tags that the commit or one before it carries. */
export function tagsBefore(
  operation: Operation,
  mirror: Mirror,
  commit: string,
): Promise<readonly VersionTag[]> {
  return listTags(operation, mirror, [`--merged=${commitSchema.parse(commit)}`]);
}

/** All tags of the mirror, or those that the options of git-for-each-ref(1) leave. */
export async function listTags(
  operation: Operation,
  mirror: Mirror,
  options: readonly string[] = [],
): Promise<readonly VersionTag[]> {
  const format = '%(refname)%09%(objectname)%09%(*objectname)%09%(creatordate:unix)';
  const { stdout } = await git(operation, mirror, [
    'for-each-ref',
    ...options,
    `--format=${format}`,
    'refs/tags/',
  ]);
  return stdout.split('\n').flatMap((line) => {
    const [ref, object, peeled, createdAt] = line.split('\t');
    if (ref === undefined || object === undefined || ref === '') return [];
    // An annotated tag is an object of its own; the commit stands behind it.
    const annotated = peeled !== undefined && peeled !== '';
    const commitOfTag = annotated ? peeled : object;
    const tag = ref.replace(/^refs\/tags\//, '');
    return [{ tag, commit: commitOfTag, createdAt: Number(createdAt), annotated }];
  });
}

/** The files of a commit without any history, in a folder that appears with all of them or not at all. */
export async function checkOut(
  operation: Operation,
  mirror: Mirror,
  commit: string,
  folder: string,
): Promise<void> {
  const script = `
set -eu
[ ! -d "$2" ] || exit 0
draft="$2.draft.$$"
mkdir -p -- "$draft"
trap 'rm -rf -- "$draft" "$draft.index"' EXIT
export GIT_INDEX_FILE="$draft.index"
git --git-dir="$1" read-tree "$3"
git --git-dir="$1" --work-tree="$draft" checkout-index --all --quiet
mv -T -- "$draft" "$2" 2>/dev/null || [ -d "$2" ]`;
  await operation.run(
    ['/bin/sh', '-c', script, 'check-out', mirror.folder, folder, commitSchema.parse(commit)],
    {
      env: GIT_ENV,
      timeoutMs: LOCAL_MS,
    },
  );
}

/**
 * For a recipe in a folder of another user; what serves it reads no configuration there that could run a program
 * (git-upload-pack(1)), and takes this setting from no other place. Other transports ignore it.
 */
const UPLOAD_PACK = "--upload-pack=git -c 'safe.directory=*' upload-pack";

const FETCH = ['fetch', '--quiet', '--force', '--no-auto-gc', '--no-write-fetch-head', UPLOAD_PACK];

/** Nothing of the host's or the user's git configuration, no prompt, no hook, no submodule. */
const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: PROTOCOLS.map((protocol) => protocol.slice(0, -1)).join(':'),
  HOME: '/nonexistent',
  LC_ALL: 'C',
  ...numbered([
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.attributesFile', '/dev/null'],
    ['protocol.ext.allow', 'never'],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ]),
};

/** Configuration as git reads it from the environment (git-config(1), GIT_CONFIG_COUNT). */
function numbered(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const entries = settings.flatMap(([key, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(entries) };
}

function git(
  operation: Operation,
  mirror: Mirror,
  args: readonly string[],
  options: Partial<CommandOptions> = {},
): Promise<CommandResult> {
  return operation.run(['git', `--git-dir=${mirror.folder}`, ...args], {
    env: GIT_ENV,
    timeoutMs: LOCAL_MS,
    quiet: true,
    ...options,
  });
}

/**
 * Changes the mirror under a lock of the kernel, which ends with its holder. Whoever holds it may clear away git's own
 * lock files: they were left by one that was killed.
 */
async function changeMirror(operation: Operation, mirror: Mirror, args: readonly string[]): Promise<void> {
  const script = `
set -eu
git init --quiet --bare --template= -- "$1"
find "$1" -type f -name '*.lock' -delete
folder=$1
shift
exec git --git-dir="$folder" "$@"`;
  const result = await operation.run(
    [
      ...(['/bin/sh', '-c', 'mkdir -p -- "${1%/*}" && exec flock --timeout 300 -- "$@"', 'lock'] as const),
      ...[`${mirror.folder}.flock`, '/bin/sh', '-c', script, 'fetch', mirror.folder, ...args],
    ],
    { env: GIT_ENV, timeoutMs: FETCH_MS, accept: [0, 1, 128] },
  );
  if (result.exitCode === 0) return;
  const said = operation.redact(result.stderr.trim()).slice(-500);
  if (UNREACHABLE.test(said)) throw new CodedError('E_COMMAND', `git fetch: ${said}`);
  throw new CodedError('E_REF', said === '' ? `git ended with ${result.exitCode}` : said);
}

/**
 * What git and curl say when the other side could not be asked, as opposed to having said no. The plain text of a 404,
 * which git repeats, is that of a proxy whose forge is away: forges have words of their own for a repository that does
 * not exist (spec F-74).
 */
const UNREACHABLE =
  /^remote: 404 page not found$|Could not resolve host|Failed to connect|Connection (refused|reset|timed out)|timed out|SSL|TLS|early EOF|RPC failed|returned error: (429|5\d\d)|unexpected disconnect/im;

function checkSource(source: string): void {
  if (isAbsolute(source)) return;
  const url = URL.canParse(source) ? new URL(source) : undefined;
  if (!url || !PROTOCOLS.includes(url.protocol)) {
    throw new CodedError('E_REF', 'a recipe is read from an absolute path or a file: or https: URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new CodedError('E_REF', 'the URL of a recipe must not contain a user or password');
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { commitSchema } from '../domain/ids.ts';
import type { Source } from './source.ts';
import { BROKEN, UserError } from './user-error.ts';

const TIMEOUT_MS = 60_000;

/** A branch, a tag, a full reference or a commit; nothing that git could read as an option, range or expression. */
export const refSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/+-]*$/, 'a reference is a branch, a tag or a commit')
  .refine((ref) => !/\.\.|\/\/|\/$|\.$|\.lock$/.test(ref), { error: 'git does not allow such a name' });

export interface PinnedRef {
  readonly commit: string;
  /** What it was called: the branch, tag or commit asked for; the branch's name when it was the default. */
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Pins a reference of a recipe's repository to a commit, before a run starts, so that a moving branch cannot change a
 * running test (spec R-80). A commit of 40 digits is taken as it is; whether it exists shows when it is fetched.
 * @param ref the repository's HEAD when absent
 * @throws UserError
 */
export async function resolveRef(
  source: Source,
  ref: string | undefined,
  environment: Environment,
): Promise<PinnedRef> {
  if (ref !== undefined && commitSchema.safeParse(ref).success) return { commit: ref, name: ref.slice(0, 7) };
  return source.kind === 'path'
    ? resolveLocally(source, ref, environment)
    : resolveRemotely(source, ref, environment);
}

async function resolveLocally(
  source: Source,
  ref: string | undefined,
  environment: Environment,
): Promise<PinnedRef> {
  // The person who names the folder trusts it; nothing that its configuration could name is run by these verbs.
  const git = ['-c', 'safe.directory=*', '-C', source.location];
  const commit = await output(
    [...git, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref ?? 'HEAD'}^{commit}`],
    environment,
  );
  if (!commit.ok) {
    const known = await output([...git, 'rev-parse', '--git-dir'], environment);
    if (!known.ok) throw unreadable(source, commit.detail);
    const any = await output([...git, 'rev-list', '--all', '--max-count=1'], environment);
    throw any.ok && any.stdout === '' ? withoutCommits(source) : unknownRef(source, ref);
  }
  const pinned = commitSchema.parse(commit.stdout.trim());
  if (ref !== undefined) return { commit: pinned, name: ref };
  const branch = await output([...git, 'symbolic-ref', '--quiet', '--short', 'HEAD'], environment);
  return { commit: pinned, name: branch.ok ? branch.stdout.trim() : pinned.slice(0, 7) };
}

async function resolveRemotely(
  source: Source,
  ref: string | undefined,
  environment: Environment,
): Promise<PinnedRef> {
  const listing = await output(['ls-remote', '--symref', '--', source.location], environment);
  if (!listing.ok) throw unreadable(source, listing.detail);
  const { refs, head } = parseListing(listing.stdout);
  if (refs.size === 0) throw withoutCommits(source);
  if (ref === undefined) {
    const commit = refs.get('HEAD');
    if (commit === undefined) throw unknownRef(source, ref);
    return { commit, name: head ?? commit.slice(0, 7) };
  }
  const names = [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`, ref];
  const named = names.map((name) => refs.get(name)).find((commit) => commit !== undefined);
  const commit = named ?? abbreviated(ref, refs);
  if (commit === undefined) throw unknownRef(source, ref);
  return { commit, name: ref };
}

/** `ls-remote` knows the tips only, so an abbreviation can be completed only when it is one of them. */
function abbreviated(ref: string, refs: ReadonlyMap<string, string>): string | undefined {
  if (!/^[0-9a-f]{7,39}$/.test(ref)) return undefined;
  const matches = new Set([...refs.values()].filter((commit) => commit.startsWith(ref)));
  return matches.size === 1 ? [...matches][0] : undefined;
}

/** Lines `<commit>\t<ref>`, and `ref: refs/heads/<branch>\tHEAD` for what HEAD points to. */
function parseListing(text: string): { refs: Map<string, string>; head: string | undefined } {
  const refs = new Map<string, string>();
  let head: string | undefined;
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: refs/heads/') && name === 'HEAD')
      head = value.slice('ref: refs/heads/'.length);
    else if (commitSchema.safeParse(value).success) refs.set(name, value);
  }
  return { refs, head };
}

type Output = { ok: true; stdout: string } | { ok: false; detail: string };

async function output(args: readonly string[], environment: Environment): Promise<Output> {
  try {
    const { stdout } = await promisify(execFile)('git', [...args], {
      env: gitEnvironment(environment),
      timeout: TIMEOUT_MS,
      maxBuffer: 32 * 1024 * 1024,
    });
    return { ok: true, stdout };
  } catch (error) {
    const stderr = z.object({ stderr: z.string() }).safeParse(error);
    const text = stderr.success && stderr.data.stderr !== '' ? stderr.data.stderr : String(error);
    return { ok: false, detail: lastLine(text) };
  }
}

/** Only how to reach the network; no configuration, no prompt, no helper and no other protocol. */
export function gitEnvironment(environment: Environment): Record<string, string> {
  const passed = [
    ...['PATH', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
    ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'],
  ].flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]] as const]));
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:http',
  };
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1) ?? '').slice(0, 200);
}

function withoutCommits(source: Source): UserError {
  const remedy =
    source.kind === 'path'
      ? 'Commit the recipe there first'
      : 'Push the recipe there first, or give the path of a checkout with --source';
  return new UserError(`E_REF: the repository ${source.location} has no commits`, remedy);
}

function unknownRef(source: Source, ref: string | undefined): UserError {
  const what = ref === undefined ? 'no HEAD' : `no branch, tag or tip "${ref}"`;
  const remedy = 'Check that it has been pushed, or give the full commit of 40 digits';
  return new UserError(`E_REF: ${source.location} has ${what}`, remedy);
}

function unreadable(source: Source, detail: string): UserError {
  const missing = /not found|does not appear to be|not a git repository|could not read Username/i.test(
    detail,
  );
  const remedy = missing
    ? 'Check the name of the recipe, or name its repository with --source'
    : 'Check the network and the repository, then try again';
  return new UserError(`E_REF: ${source.location} cannot be read (${detail})`, remedy, {
    ...(missing ? {} : { exitCode: BROKEN }),
  });
}

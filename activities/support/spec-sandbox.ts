import { randomUUID } from 'node:crypto';
import { access, constants, realpath, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../domain/errors.ts';
import { CHECKOUT } from './load-recipe.ts';
import type { Operation } from './operation.ts';

export interface SandboxOptions {
  readonly browser: string;
  readonly uid: number;
  readonly gid: number;
  /** Checkout whose `recipes`, `domain` and `node_modules` are used; that of this file when absent. */
  readonly checkout?: string;
  /**
   * Path in the environment's files, to which each attempt adds a suffix of its own; what older attempts have left at
   * such paths is removed.
   */
  readonly work: string;
  /** Where the runners of one environment leave compiled code for each other; of this environment alone. */
  readonly cache: string;
  /** Where a file appears that is called like a turn, when the specs that wait for it may begin. */
  readonly turns: string;
}

/** What the runner is told, as JSON, and the CA that its specs trust; empty without one. */
export interface SandboxInput {
  readonly context: string;
  readonly ca: string;
}

/** A place where Playwright runs as an unprivileged user. */
export interface SpecSandbox {
  /** The folder for results, where it is and as the specs see it. */
  readonly out: { readonly real: string; readonly seen: string };
  /** Runs `playwright test` on files below `recipes` and returns what it ends with. */
  readonly playwright: (files: readonly string[], options: { timeoutMs: number }) => Promise<number>;
}

const SANDBOX = fileURLToPath(new URL('spec-sandbox.sh', import.meta.url));
/** Folders that exist everywhere (Filesystem Hierarchy Standard 3.0) and that little lives in. */
const MOUNT_POINTS = ['/mnt', '/media', '/srv', '/opt'];
/** What the sandbox script ends with when it could not get as far as the specs. */
const NOT_STARTED = 97;
/** EX_TEMPFAIL: the fence's refusal. Every other code is the specs' own and for the report to confirm. */
const FENCED = 75;
const ANSWERS = Array.from({ length: 256 }, (_, code) => code).filter(
  (code) => code !== NOT_STARTED && code !== FENCED,
);
/**
 * Makes the folders and writes the context, so many bytes of the input, and behind it the CA. Also removes what older
 * attempts have left; their processes were killed when the lane was claimed. The files are readable for the user who runs
 * the specs, once they are copied out of the folder that only root may enter.
 */
const PREPARE = `
set -e
base=$1 input=$2 bytes=$3
shift 3
rm -rf -- "$base"-*
umask 077
mkdir -p -- "$input" "$@"
umask 022
head -c "$bytes" > "$input/context.json"
cat > "$input/ca.pem"
[ -s "$input/ca.pem" ] || rm "$input/ca.pem"`;
const SHORT_MS = 30_000;
/** For starting and for ending in an orderly way with a report, beyond the specs' own time. */
const GRACE_MS = 20_000;

/**
 * Makes a sandbox and removes its files when `body` has ended; `input` is told where the specs see its folders. Processes run in mount and process namespaces of their own with an empty environment.
 */
export async function inSpecSandbox<T>(
  options: SandboxOptions,
  operation: Operation,
  input: (seen: { readonly out: string; readonly turns: string }) => SandboxInput,
  body: (sandbox: SpecSandbox) => Promise<T>,
): Promise<T> {
  const { browser, cache, turns, uid, gid } = options;
  const checkout = await realpath(options.checkout ?? CHECKOUT);
  const node = await realpath(process.execPath);
  // Of this attempt alone: one that is superseded must neither read nor remove what its successor has made.
  const work = `${options.work}-${randomUUID()}`;
  const root = await mountPoint([checkout, node, work, browser]);
  const given = join(work, 'in');
  const out = { real: join(work, 'out'), seen: join(root, 'out') };
  const { context, ca } = input({ out: out.seen, turns: join(root, 'turns') });
  const bytes = String(Buffer.byteLength(context));
  const script = [root, checkout, node, given, out.real, cache, turns, String(uid), String(gid)];
  try {
    // In a child, so that a superseded attempt cannot bring back a folder of an environment that was removed.
    await operation.run(
      ['/bin/sh', '-c', PREPARE, 'prepare', options.work, given, bytes, out.real, cache, turns],
      {
        input: context + ca,
        timeoutMs: SHORT_MS,
      },
    );
    return await body({
      out,
      playwright: async (files, { timeoutMs }) => {
        const filters = files.map((file) => `^${escapePattern(join(root, 'recipes', file))}$`);
        const config = join(root, 'recipes/playwright.config.ts');
        const { exitCode } = await operation.run(
          [
            ...(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const),
            ...['sh', SANDBOX, ...script],
            ...['test', '--config', config, ...filters],
          ],
          { timeoutMs: timeoutMs + GRACE_MS, accept: ANSWERS },
        );
        return exitCode;
      },
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A folder that may be covered, in a namespace of its own, without covering anything that the specs need. */
async function mountPoint(needed: readonly string[]): Promise<string> {
  const paths = await Promise.all(needed.map((path) => realpath(path).catch(() => dirname(path))));
  for (const candidate of MOUNT_POINTS) {
    const usable = await access(candidate, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (usable && !paths.some((path) => `${path}${sep}`.startsWith(candidate + sep))) return candidate;
  }
  throw new CodedError('E_COMMAND', `none of ${MOUNT_POINTS.join(', ')} can be covered for the specs`);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

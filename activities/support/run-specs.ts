import { randomUUID } from 'node:crypto';
import { access, constants, realpath, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../domain/errors.ts';
import { markerValue, type Marker } from '../../domain/markers.ts';
import type { App, Version } from '../../domain/plan.ts';
import type { SpecContext } from '../../domain/spec-context.ts';
import type { Stage } from '../../domain/stages.ts';
import type { SpecOutcome } from '../types.ts';
import type { TrustedIngress } from './ingress-http.ts';
import { CHECKOUT, type LoadedRecipe } from './load-recipe.ts';
import type { Operation } from './operation.ts';
import { keepArtefacts, readUntrusted, type ArtefactFolders } from './spec-artefacts.ts';
import { faultOfSpecFiles } from './spec-manifest.ts';
import { judgeReport, NO_SPECS, uncollected } from './spec-report.ts';

export interface SpecRunnerOptions {
  readonly ingress: TrustedIngress;
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
  readonly folders: ArtefactFolders;
  /** Bound on all specs of the stage together. */
  readonly timeoutMs: number;
}

export interface SpecTask {
  readonly app: App;
  readonly version: Version;
  readonly stage: Stage;
  readonly recipe: LoadedRecipe;
  /** What the app holds of the run's data. */
  readonly markers: readonly Marker[];
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
 * Runs the specs of one stage in one process of an unprivileged user with an empty environment, in mount and process
 * namespaces of its own. Whatever the specs do is an outcome; rejects only when they could not be started, the
 * operation was aborted, or with `E_FENCED` when the attempt was superseded: it then has left nothing behind.
 */
export async function runStageSpecs(
  options: SpecRunnerOptions,
  operation: Operation,
  task: SpecTask,
): Promise<SpecOutcome> {
  const files = task.recipe.specFiles.get(task.stage) ?? [];
  const checkout = await realpath(options.checkout ?? CHECKOUT);
  const fault = await faultOfSpecFiles(operation, checkout, task);
  if (fault !== undefined) return { ...uncollected(fault), screenshots: [] };
  if (files.length === 0) return { assertions: [], status: 'none', counts: NO_SPECS, screenshots: [] };
  const node = await realpath(process.execPath);
  // Of this attempt alone: one that is superseded must neither read nor remove what its successor has made.
  const work = `${options.work}-${randomUUID()}`;
  const root = await mountPoint([checkout, node, work, options.browser]);
  const input = join(work, 'in');
  const out = { real: join(work, 'out'), seen: join(root, 'out') };
  try {
    const { context, ca } = contextOf(options, operation, task, out.seen);
    const bytes = String(Buffer.byteLength(context));
    // In a child, so that a superseded attempt cannot bring back a folder of an environment that was removed.
    await operation.run(
      ['/bin/sh', '-c', PREPARE, 'prepare', options.work, input, bytes, out.real, options.cache],
      { input: context + ca, timeoutMs: SHORT_MS },
    );
    operation.progress(`${task.app.role}: specs of ${task.stage}`);
    const script = [
      root,
      checkout,
      node,
      input,
      out.real,
      options.cache,
      String(options.uid),
      String(options.gid),
    ];
    const filters = files.map((file) => `^${escapePattern(join(root, 'recipes', file))}$`);
    const { exitCode } = await operation.run(
      [
        ...(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const),
        ...['sh', SANDBOX, ...script],
        ...['test', '--config', join(root, 'recipes/playwright.config.ts'), ...filters],
      ],
      { timeoutMs: options.timeoutMs + GRACE_MS, accept: ANSWERS },
    );
    const report = await readUntrusted(out.real, 'report.json');
    // Rejects when superseded: what was read then says nothing, and the artefacts are the successor's.
    await operation.run(['true'], { timeoutMs: SHORT_MS });
    const { attachments, ...judgement } = judgeReport({
      report: report?.toString('utf8'),
      exitCode,
      files,
      // Everything else about an app is the same for all; what is its own takes more than one look (spec R-32).
      atLeast: task.stage === 'custom' ? 2 : 1,
      redact: operation.redact,
    });
    const { folders } = options;
    const { redact, log } = operation;
    const kept = await keepArtefacts({ stage: task.stage, attachments, out, folders, redact, log });
    return { ...judgement, screenshots: kept.screenshots };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What the runner is told, as JSON, and the CA that its specs trust; empty without one. */
function contextOf(
  { ingress, browser, timeoutMs }: SpecRunnerOptions,
  operation: Operation,
  { app, version, stage, markers }: SpecTask,
  out: string,
): { readonly context: string; readonly ca: string } {
  const { ca, address, port, zone } = ingress;
  const context: SpecContext = {
    app: { role: app.role, recipe: app.recipe, domain: app.domain },
    version,
    stage,
    marker: markerValue(operation.environment.id),
    markers: [...markers],
    ingress: { address, port, zone },
    ...(ca === undefined ? {} : { ca }),
    browser,
    out,
    timeoutMs,
  };
  return { context: JSON.stringify(context), ca: ca ?? '' };
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

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { markerValue, type Marker } from '../../domain/markers.ts';
import type { App, Version } from '../../domain/plan.ts';
import type { SpecContext, SpecDependency } from '../../domain/spec-context.ts';
import type { SsoFacts } from '../../domain/sso.ts';
import type { Stage } from '../../domain/stages.ts';
import type { SpecOutcome, SpecTurn } from '../types.ts';
import type { TrustedIngress } from './ingress-http.ts';
import { CHECKOUT, type LoadedRecipe } from './load-recipe.ts';
import type { Operation } from './operation.ts';
import { keepArtefacts, readUntrusted, type ArtefactFolders } from './spec-artefacts.ts';
import { faultOfSpecFiles } from './spec-manifest.ts';
import { judgeReport, NO_SPECS, uncollected } from './spec-report.ts';
import { inSpecSandbox, type SandboxInput, type SandboxOptions } from './spec-sandbox.ts';

export interface SpecRunnerOptions extends SandboxOptions {
  readonly ingress: TrustedIngress;
  readonly folders: ArtefactFolders;
  /** The specs begin at once when it is absent. */
  readonly turn?: SpecTurn;
  /** Bound on all specs of the stage together, once it is their turn. */
  readonly timeoutMs: number;
}

export interface SpecTask {
  readonly app: App;
  readonly version: Version;
  readonly stage: Stage;
  readonly recipe: LoadedRecipe;
  /** What the app holds of the run's data. */
  readonly markers: readonly Marker[];
  /** Secret of the run (`runSeed`). */
  readonly seed: string;
  /** The app's own. */
  readonly dependencies: readonly SpecDependency[];
  readonly sso: SsoFacts | undefined;
}

const SHORT_MS = 30_000;

/**
 * Lets the specs begin that wait for a turn.
 * @param turns see `SandboxOptions`
 */
export async function allowTurn(turns: string, operation: Operation, turn: string): Promise<void> {
  const script = 'mkdir -p -- "$1" && : > "$1/$2"';
  await operation.run(['/bin/sh', '-c', script, 'allow', turns, turn], { timeoutMs: SHORT_MS });
}

/**
 * Runs the specs of one stage in one process of an unprivileged user, as soon as it is their turn. Whatever the specs do
 * is an outcome; rejects only when they could not be started, the operation was aborted, or with `E_FENCED` when the
 * attempt was superseded: it then has left nothing behind.
 */
export async function runStageSpecs(
  options: SpecRunnerOptions,
  operation: Operation,
  task: SpecTask,
): Promise<SpecOutcome> {
  const files = task.recipe.specFiles.get(task.stage) ?? [];
  const fault = await faultOfSpecFiles(operation, await realpath(options.checkout ?? CHECKOUT), task);
  if (fault !== undefined) return { ...uncollected(fault), screenshots: [] };
  if (files.length === 0) return { assertions: [], status: 'none', counts: NO_SPECS, screenshots: [] };
  const input = (seen: Seen) => contextOf(options, operation, task, seen);
  return inSpecSandbox(options, operation, input, async ({ out, playwright }) => {
    const timeoutMs = (options.turn?.waitMs ?? 0) + options.timeoutMs;
    const exitCode = await playwright(files, { timeoutMs });
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
  });
}

interface Seen {
  readonly out: string;
  readonly turns: string;
}

function contextOf(
  { ingress, browser, timeoutMs, turn }: SpecRunnerOptions,
  operation: Operation,
  { app, version, stage, markers, seed, dependencies, sso }: SpecTask,
  { out, turns }: Seen,
): SandboxInput {
  const { ca, address, port, zone } = ingress;
  const context: SpecContext = {
    app: { role: app.role, recipe: app.recipe, domain: app.domain },
    version,
    stage,
    marker: markerValue(operation.environment.id),
    seed,
    markers: [...markers],
    deps: [...dependencies],
    ...(sso ? { sso } : {}),
    ingress: { address, port, zone },
    ...(ca === undefined ? {} : { ca }),
    browser,
    out,
    ...(turn === undefined ? {} : { turn: join(turns, turn.turn) }),
    timeoutMs,
  };
  return { context: JSON.stringify(context), ca: ca ?? '' };
}

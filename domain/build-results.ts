import type { BackupAttempt } from './backup.ts';
import { unreadiness, type DependencyResult } from './dependencies.ts';
import type { Downtime } from './downtime.ts';
import type { ErrorCode } from './errors.ts';
import { failureOf } from './failure-signature.ts';
import type { LintFinding } from './lint/finding.ts';
import type { Marker } from './markers.ts';
import type { Environment, Plan, RunInput } from './plan.ts';
import type { Results, TeardownReport } from './results.ts';
import { gradeRungs } from './rungs.ts';
import { proofOf } from './standard-of-proof.ts';
import { STAGES, type SpecCounts, type StageResult } from './stages.ts';
import { timingOf } from './timing.ts';
import { grade } from './verdict.ts';

/** All that is known about a run when its results are written, by the run itself or by its guard. */
export interface RunFacts {
  readonly input: RunInput;
  readonly runId: string;
  /** The last one, where a broken base made a second one necessary. */
  readonly environment?: Environment | undefined;
  readonly plan?: Plan | undefined;
  /** ISO time. */
  readonly startedAt: string;
  readonly nowMs: number;
  readonly stages: readonly StageResult[];
  readonly ended?: { readonly code: ErrorCode; readonly reason: string } | undefined;
  /** The version to upgrade from did not install, by its own fault: the code is of class recipe, test or upstream. */
  readonly baseFailure?: { readonly code: ErrorCode; readonly reason: string } | undefined;
  /** Of the environment given. */
  readonly teardown?: TeardownReport | undefined;
  /** Of the environment given. */
  readonly deployCount: number | undefined;
  /** Absent when the recipe has none, or they were not come to. */
  readonly dependencies?: readonly DependencyResult[] | undefined;
  /** Roles of the apps that have been deployed, where that is known better than by their number. */
  readonly deployed?: readonly string[] | undefined;
  readonly images: Results['images'];
  readonly downtime?: Downtime | undefined;
  /** Absent when no backup was tried. */
  readonly backupAttempts?: readonly BackupAttempt[] | undefined;
  readonly markers?: readonly Marker[] | undefined;
  /** Absent when the linter did not run. */
  readonly lint?: readonly LintFinding[] | undefined;
  readonly chaosVersion?: string | undefined;
}

/** The rest is in the log of the stage: results are a payload of at most 64 KiB. */
const MOST_FINDINGS = 40;

/** Grades the facts and puts them into the form of `results.json`. */
export function buildResults(facts: RunFacts): Results {
  const { input, environment, plan, teardown } = facts;
  const leaked = (teardown?.left.length ?? 0) > 0;
  const expectedDeploys = expectedDeploysOf(facts);
  const unready = unreadiness(facts.dependencies ?? []);
  const graded = grade({
    wanted: input.stages,
    stages: facts.stages,
    ...(facts.ended ? { ended: facts.ended } : {}),
    ...(facts.baseFailure ? { baseBroken: `base ${baseOf(plan)}: ${facts.baseFailure.reason}` } : {}),
    ...(unready === undefined ? {} : { unready }),
    leaked,
    deployCount: facts.deployCount,
    expectedDeploys,
  });
  const app = environment?.apps.at(-1);
  return {
    schemaVersion: 2,
    runId: facts.runId,
    ...(environment ? { environmentId: environment.id } : {}),
    recipe: input.recipe,
    ref: input.ref,
    head: input.head,
    ...(plan?.base?.tag === undefined ? {} : { base: plan.base.tag }),
    ...(plan?.head.tag === undefined ? {} : { version: plan.head.tag }),
    ...(facts.chaosVersion === undefined ? {} : { chaosVersion: facts.chaosVersion }),
    trigger: input.trigger,
    host: input.host,
    ...(app ? { domain: app.domain } : {}),
    startedAt: facts.startedAt,
    durationMs: Math.max(0, facts.nowMs - Date.parse(facts.startedAt)),
    ...graded,
    leaked,
    deployCount: facts.deployCount ?? null,
    expectedDeploys,
    ...(plan?.overlay ? { overlay: plan.overlay } : {}),
    ...(facts.dependencies?.length ? { dependencies: [...facts.dependencies] } : {}),
    stagesWanted: STAGES.filter((stage) => input.stages.includes(stage)),
    stages: [...facts.stages],
    rungs: gradeRungs(input.stages, facts.stages),
    specs: totalOf(facts.stages),
    downtimeMs: facts.downtime?.downtimeMs ?? null,
    ...(facts.downtime ? { downtime: facts.downtime } : {}),
    ...(facts.backupAttempts ? { backup: { attempts: [...facts.backupAttempts] } } : {}),
    ...(facts.markers ? { markers: [...facts.markers] } : {}),
    ...(facts.lint ? { lint: facts.lint.slice(0, MOST_FINDINGS) } : {}),
    ...(plan?.earlier && !graded.partial
      ? { proof: proofOf(plan.earlier, { head: input.head, verdict: graded.verdict }) }
      : {}),
    ...recognise(graded),
    ...(plan?.usual ? { timing: [...timingOf(plan.usual, facts.stages)] } : {}),
    ...(facts.baseFailure ? { baseFailure: facts.baseFailure } : {}),
    images: [...facts.images],
    ...(teardown ? { teardown } : {}),
  };
}

/**
 * One deploy per app, and none when the run ended before it had an environment (spec R-02). A dependency that is not
 * ready counts when it got as far as that, one that is kept warm never does: it is no app of the environment (C-01).
 */
function expectedDeploysOf({ environment, dependencies = [], deployed = [] }: RunFacts): number {
  const lacking = dependencies.filter(
    ({ ready, recipe, warm }) => !warm && !ready && !deployed.includes(recipe),
  );
  return (environment?.apps.length ?? 0) - lacking.length;
}

/** A run that somebody stopped has no failure to recognise. */
export function recognise({
  verdict,
  code,
  reason,
}: Pick<Results, 'verdict' | 'code' | 'reason'>): Pick<Results, 'failure'> {
  if (verdict === 'passed' || verdict === 'cancelled' || code === undefined) return {};
  return { failure: failureOf({ code, reason: reason ?? '' }) };
}

function baseOf(plan: Plan | undefined): string {
  return plan?.base?.tag ?? plan?.base?.commit.slice(0, 8) ?? '(unknown)';
}

function totalOf(stages: readonly StageResult[]): SpecCounts {
  const sum = (key: keyof SpecCounts) =>
    stages.reduce((total, { specs }) => total + (specs === undefined ? 0 : specs[key]), 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

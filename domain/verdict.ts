import { errorFacts, isErrorCode, type ErrorCode } from './errors.ts';
import type { Verdict } from './results.ts';
import { gradeRungs, isUnreasoned, levelOf } from './rungs.ts';
import { STAGES, type Stage, type StageResult } from './stages.ts';

/** What a run knows when it is over. Everything is data; nothing here looks anything up. */
export interface Outcome {
  readonly wanted: readonly Stage[];
  readonly stages: readonly StageResult[];
  /** Why the run ended outside its stages: a refusal, a lost lease, a cancel, the deadline. */
  readonly ended?: { readonly code: ErrorCode; readonly reason: string };
  /** Why the version to upgrade from did not install, when it did not. */
  readonly baseBroken?: string;
  /** Why the dependencies are not ready, when they are not. */
  readonly unready?: string;
  /** Objects were left when the run had to be closed. */
  readonly leaked: boolean;
  /** Of the last environment; `undefined` when the record of the deploys could not be read. */
  readonly deployCount: number | undefined;
  readonly expectedDeploys: number;
}

export interface Grade {
  readonly verdict: Verdict;
  readonly class?: string;
  readonly code?: ErrorCode;
  readonly reason?: string;
  readonly remedy?: string;
  readonly level?: number;
  readonly partial: boolean;
}

interface Cause {
  readonly verdict: Exclude<Verdict, 'passed'>;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** From the gravest to the mildest (design section 8). */
const PRECEDENCE: readonly Verdict[] = ['failed', 'leaked', 'base-broken', 'errored', 'cancelled'];

function verdictOfCode(code: ErrorCode): Cause['verdict'] {
  switch (errorFacts(code).class) {
    case 'recipe':
    case 'test':
    case 'upstream':
      return 'failed';
    case 'base':
      return 'base-broken';
    case 'leak':
      return 'leaked';
    case 'cancelled':
      return 'cancelled';
    case 'infra':
    case 'harness':
      return 'errored';
  }
}

function stageCauses(stage: StageResult): Cause[] {
  if (isUnreasoned(stage)) {
    const reason = `${stage.name}: skipped without a reason`;
    return [{ verdict: 'errored', code: 'E_INTERNAL', reason }];
  }
  if (stage.status === 'pass' || stage.status === 'skip') return [];
  const code = isErrorCode(stage.code) ? stage.code : 'E_INTERNAL';
  const reason = `${stage.name}: ${stage.reason ?? errorFacts(code).message}`;
  if (stage.status === 'unverified') return [{ verdict: 'errored', code, reason }];
  return [{ verdict: stage.status === 'fail' ? 'failed' : verdictOfCode(code), code, reason }];
}

function causes(outcome: Outcome): Cause[] {
  // Lint moves the level, never the verdict; a refusal by the policy ends the run and arrives as `ended`.
  const stages = inOrder(outcome.stages).filter(({ name }) => name !== 'lint');
  // What ended the run explains the stages that it cut short, so it comes first.
  const found: Cause[] = outcome.ended
    ? [{ verdict: verdictOfCode(outcome.ended.code), ...outcome.ended }]
    : [];
  // It explains the specs that could not verify anything.
  if (outcome.unready !== undefined) {
    found.push({ verdict: 'errored', code: 'E_DEPENDENCY', reason: outcome.unready });
  }
  found.push(...stages.flatMap(stageCauses));
  // Before the rest: only what ended the run or failed in a stage explains a deploy that is missing.
  found.push(...deployCauses(outcome, found.length > 0));
  if (outcome.leaked) {
    found.push({ verdict: 'leaked', code: 'E_RESIDUE', reason: 'teardown: objects are left' });
  }
  if (outcome.baseBroken !== undefined) {
    found.push({ verdict: 'base-broken', code: 'E_BASE_BROKEN', reason: outcome.baseBroken });
  }
  const missing = STAGES.filter(
    (stage) =>
      stage !== 'lint' && outcome.wanted.includes(stage) && !stages.some(({ name }) => name === stage),
  );
  if (missing.length > 0 && found.length === 0) {
    found.push({ verdict: 'errored', code: 'E_INTERNAL', reason: `no result for ${missing.join(', ')}` });
  }
  return found;
}

/** The first cause is that of the earliest stage, in whatever order the results were handed in. */
function inOrder(stages: readonly StageResult[]): readonly StageResult[] {
  return STAGES.flatMap((stage) => stages.filter(({ name }) => name === stage));
}

/**
 * One deploy too many is always a cause. One too few, or a record that nobody could read, only where nothing else
 * explains it; and nothing explains how an app could be installed without any deploy.
 */
function deployCauses({ deployCount, expectedDeploys, stages }: Outcome, explained: boolean): Cause[] {
  if (deployCount === undefined) {
    return explained
      ? []
      : [{ verdict: 'errored', code: 'E_INTERNAL', reason: 'the deploys could not be counted' }];
  }
  const installed = stages.some(({ name, status }) => name === 'install' && status === 'pass');
  if (
    deployCount === expectedDeploys ||
    (deployCount < expectedDeploys && explained && (deployCount > 0 || !installed))
  )
    return [];
  const reason = `deploy-count = ${deployCount} (expect ${expectedDeploys})`;
  return [{ verdict: 'failed', code: 'E_DEPLOY_COUNT', reason }];
}

/** The verdict of a run, its first cause and its level. */
export function grade(outcome: Outcome): Grade {
  const partial = !STAGES.every((stage) => outcome.wanted.includes(stage));
  const level = partial ? {} : { level: levelOf(gradeRungs(outcome.wanted, outcome.stages)) };
  const found = causes(outcome);
  for (const verdict of PRECEDENCE) {
    const cause = found.find((candidate) => candidate.verdict === verdict);
    if (cause) {
      const facts = errorFacts(cause.code);
      return {
        verdict,
        class: facts.class,
        code: cause.code,
        reason: cause.reason,
        remedy: facts.remedy,
        ...level,
        partial,
      };
    }
  }
  return { verdict: 'passed', ...level, partial };
}

import { errorFacts, isErrorCode, type ErrorCode } from './errors.ts';
import type { Verdict } from './results.ts';
import { STAGES, type Stage, type StageResult } from './stages.ts';

/** What a run knows when it is over. Everything is data; nothing here looks anything up. */
export interface Outcome {
  readonly wanted: readonly Stage[];
  readonly stages: readonly StageResult[];
  /** Why the run ended outside its stages: a refusal, a lost lease, a cancel, the deadline. */
  readonly ended?: { readonly code: ErrorCode; readonly reason: string };
  readonly baseBroken: boolean;
  /** Objects were left when the run had to be closed. */
  readonly leaked: boolean;
  /** `undefined` when the record of the deploys could not be read. */
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
  if (stage.status === 'pass' || stage.status === 'skip') return [];
  const code = isErrorCode(stage.code) ? stage.code : 'E_INTERNAL';
  const reason = `${stage.name}: ${stage.reason ?? errorFacts(code).message}`;
  if (stage.status === 'unverified') return [{ verdict: 'errored', code, reason }];
  // Lint moves the level, never the verdict; a refusal by the policy ends the run and arrives as `ended`.
  if (stage.name === 'lint' && stage.status === 'fail') return [];
  return [{ verdict: stage.status === 'fail' ? 'failed' : verdictOfCode(code), code, reason }];
}

function causes(outcome: Outcome): Cause[] {
  // What ended the run explains the stages that it cut short, so it comes first.
  const found: Cause[] = outcome.ended
    ? [{ verdict: verdictOfCode(outcome.ended.code), ...outcome.ended }]
    : [];
  found.push(...outcome.stages.flatMap(stageCauses));
  // Before the rest: only what ended the run or failed in a stage explains a deploy that is missing.
  found.push(...deployCauses(outcome, found.length > 0));
  if (outcome.leaked) {
    found.push({ verdict: 'leaked', code: 'E_RESIDUE', reason: 'teardown: objects are left' });
  }
  if (outcome.baseBroken) {
    found.push({
      verdict: 'base-broken',
      code: 'E_ASSERTION',
      reason: 'the version to upgrade from does not install',
    });
  }
  const missing = outcome.wanted.filter((stage) => !outcome.stages.some((result) => result.name === stage));
  if (missing.length > 0 && found.length === 0) {
    found.push({ verdict: 'errored', code: 'E_INTERNAL', reason: `no result for ${missing.join(', ')}` });
  }
  return found;
}

/** One deploy too many is always a cause; one too few only where nothing else explains it. */
function deployCauses({ deployCount, expectedDeploys }: Outcome, explained: boolean): Cause[] {
  if (deployCount === undefined) {
    return explained
      ? []
      : [{ verdict: 'errored', code: 'E_INTERNAL', reason: 'the deploys could not be counted' }];
  }
  if (deployCount <= expectedDeploys && (explained || deployCount === expectedDeploys)) return [];
  const reason = `deploy-count = ${deployCount} (expect ${expectedDeploys})`;
  return [{ verdict: 'failed', code: 'E_DEPLOY_COUNT', reason }];
}

/** Rungs of the ladder by level: the stages that must pass, all of them, for the rung to pass. */
const RUNGS: readonly (readonly Stage[])[] = [
  ['install'],
  ['upgrade'],
  ['backup', 'restore'],
  ['custom'],
  ['lint'],
];

/** Highest rung whose stages pass with every lower rung passed or skipped; 0 when install does not. */
export function levelOf(stages: readonly StageResult[]): number {
  let level = 0;
  for (const [index, names] of RUNGS.entries()) {
    const results = names.map((name) => stages.find((stage) => stage.name === name)?.status);
    if (results.every((status) => status === 'pass')) level = index + 1;
    else if (!results.every((status) => status === 'pass' || status === 'skip')) break;
  }
  return level;
}

/** The verdict of a run, its first cause and its level. */
export function grade(outcome: Outcome): Grade {
  const partial = !STAGES.every((stage) => outcome.wanted.includes(stage));
  const level = partial ? {} : { level: levelOf(outcome.stages) };
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

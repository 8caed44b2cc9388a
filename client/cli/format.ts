import type { DependencyResult } from '../../domain/dependencies.ts';
import type { Snapshot } from '../follow-run.ts';
import { describeSeen } from '../../domain/failure-signature.ts';
import { formatDuration } from '../../domain/format-duration.ts';
import { EXIT_CODES, type Results, type TeardownReport, type Verdict } from '../../domain/results.ts';
import type { Progress } from '../../domain/progress.ts';
import { isUnreasoned } from '../../domain/rungs.ts';
import { describeSlow } from '../../domain/timing.ts';
import { unpainted, type Paint, type Tone } from './colours.ts';
import { createBlocks, headlineOf } from './reason.ts';

type StageRow = Progress['stages'][number];

const MARKS: Record<StageRow['status'], string> = {
  waiting: '·',
  running: '▸',
  pass: '✓',
  fail: '✗',
  skip: '-',
  unverified: '?',
  error: '!',
};

const TONES: Record<StageRow['status'], Tone> = {
  waiting: 'quiet',
  running: 'doubtful',
  pass: 'good',
  fail: 'bad',
  skip: 'quiet',
  unverified: 'doubtful',
  error: 'bad',
};

/** How a verdict is coloured: a cancelled run says nothing about its recipe. */
export function toneOf(verdict: Verdict): Tone {
  return verdict === 'passed' ? 'good' : verdict === 'cancelled' ? 'doubtful' : 'bad';
}

/** The live table: a head line, then one line per stage. */
export function renderTable(
  title: string,
  snapshot: Snapshot,
  { startedMs, nowMs, paint = unpainted }: { startedMs: number; nowMs: number; paint?: Paint },
): string[] {
  const { progress, notice } = snapshot;
  const phase = progress?.phase ?? 'starting';
  const queue = place(snapshot.position);
  const where = progress?.domain === undefined ? '' : ` on ${progress.domain}`;
  const head = `${title}: ${phase}${queue}${where}, ${formatDuration(nowMs - startedMs)}`;
  const rows = (progress?.stages ?? []).map((stage) => stageLine(stage, snapshot, nowMs, paint));
  const stageRuns = progress?.stages.some((stage) => stage.status === 'running') ?? false;
  const waiting = stageRuns ? '' : [passedOver(progress), waitingFor(snapshot)].filter(Boolean).join('; ');
  return [head, ...rows, ...[waiting, notice ?? ''].filter((line) => line !== '').map((line) => `  ${line}`)];
}

/** Why others get the host before it. */
function passedOver(progress: Progress | undefined): string {
  return progress?.waitingFor === undefined ? '' : `waiting: ${progress.waitingFor}`;
}

/** 0 is the holder, who waits no longer. */
function place(position: number | undefined): string {
  return position === undefined || position === 0 ? '' : ` (place ${position} in the queue)`;
}

function startOf({ name, status }: Pick<StageRow, 'name' | 'status'>, paint: Paint): string {
  const tone = TONES[status];
  return `  ${paint(tone, MARKS[status])} ${name.padEnd(8)} ${paint(tone, status)}${' '.repeat(Math.max(0, 10 - status.length))}`;
}

function stageLine(stage: StageRow, snapshot: Snapshot, nowMs: number, paint: Paint): string {
  const start = startOf(stage, paint);
  if (stage.status === 'running') {
    const elapsed = stage.startedAt === undefined ? '' : formatDuration(nowMs - Date.parse(stage.startedAt));
    const details = [elapsed, stage.doing ?? '', waitingFor(snapshot)].filter((part) => part !== '');
    return `${start} ${details.join(', ')}`;
  }
  const time = stage.durationMs === undefined ? '' : formatDuration(stage.durationMs);
  return `${start} ${time}${stage.reason === undefined ? '' : `  ${headlineOf(stage.reason)}`}`.trimEnd();
}

/** What the activities under way wait for, with the attempt where it is not the first. */
function waitingFor(snapshot: Snapshot): string {
  return snapshot.activities
    .map(({ name, attempt, waitingFor: words, lastFailure }) => {
      const again = attempt > 1 ? attemptAfter(attempt, lastFailure) : '';
      return [words ?? (again === '' ? '' : name), again].filter((part) => part !== '').join(', ');
    })
    .filter((part) => part !== '')
    .join('; ');
}

function attemptAfter(attempt: number, lastFailure: string | undefined): string {
  return lastFailure === undefined ? `attempt ${attempt}` : `attempt ${attempt} after ${lastFailure}`;
}

/** What changed between two looks, one line each: the form for logs and pipes. */
export function renderChanges(before: Snapshot | undefined, now: Snapshot): string[] {
  const lines: string[] = [];
  const phase = now.progress?.phase;
  const queue = place(now.position);
  const moved = phase !== before?.progress?.phase || queue !== place(before?.position);
  if (phase !== undefined && moved) lines.push(`${phase}${queue}`);
  const reason = passedOver(now.progress);
  if (reason !== '' && reason !== passedOver(before?.progress)) lines.push(reason);
  for (const stage of now.progress?.stages ?? []) {
    const earlier = before?.progress?.stages.find(({ name }) => name === stage.name);
    if (stage.status !== (earlier?.status ?? 'waiting')) lines.push(stageChange(stage));
    else if (stage.doing !== undefined && stage.doing !== earlier?.doing)
      lines.push(`${stage.name}: ${stage.doing}`);
  }
  for (const { name, attempt, lastFailure } of now.activities) {
    const earlier = before?.activities.find((activity) => activity.name === name)?.attempt ?? 1;
    if (attempt > earlier) lines.push(`${name}: ${attemptAfter(attempt, lastFailure)}`);
  }
  if (now.notice !== undefined && now.notice !== before?.notice) lines.push(now.notice);
  return lines;
}

function stageChange(stage: StageRow): string {
  const doing = stage.doing === undefined ? '' : `, ${stage.doing}`;
  if (stage.status === 'running') return `${stage.name}: running${doing}`;
  const time = stage.durationMs === undefined ? '' : ` (${formatDuration(stage.durationMs)})`;
  const reason = stage.reason === undefined ? '' : `: ${headlineOf(stage.reason)}`;
  return `${stage.name}: ${stage.status}${time}${reason}`;
}

/**
 * What a run came to, in full (spec R-43): what was compared, every stage and rung, counts, backups, removal. The only
 * place that shows all lines of a reason.
 */
export function renderSummary(results: Results, paint: Paint = unpainted): string[] {
  const { specs, rungs, downtime, backup, teardown, proof } = results;
  const base = results.base === undefined ? '' : `${results.base} → `;
  const head = `${results.version ?? results.ref} (${results.head.slice(0, 8)})`;
  const chaos = results.chaosVersion === undefined ? '' : `, chaos-version ${results.chaosVersion}`;
  const blockOf = createBlocks();
  const ranSpecs = specs.passed + specs.failed + specs.skipped > 0;
  return [
    `${results.recipe} ${base}${head}${chaos}`,
    ...results.stagesWanted.flatMap((name) => [
      resultLine(results, name, paint),
      ...blockOf(results.stages.find((one) => one.name === name)?.reason),
    ]),
    ...timingLines(results),
    `  rungs: ${rungs.map(({ rung, name, status }) => `${rung} ${name} ${status}`).join(', ')}`,
    ...(ranSpecs
      ? [`  specs: ${specs.passed} passed, ${specs.failed} failed, ${specs.skipped} skipped`]
      : []),
    ...(results.overlay ?? []).map((change) => `  changed for the test: ${change}`),
    ...(results.dependencies ?? []).map(dependencyLine),
    `  deploy-count = ${results.deployCount ?? 'unknown'} (expect ${results.expectedDeploys})`,
    ...(downtime
      ? [
          `  downtime: ${formatDuration(downtime.downtimeMs)} (longest ${formatDuration(downtime.longestMs)}, ${downtime.mode}, ${downtime.failed} of ${downtime.requests} requests)`,
        ]
      : []),
    ...(backup ? backupLines(backup.attempts) : []),
    ...baseLines(results.baseFailure, blockOf),
    ...failureLines(results),
    ...(teardown ? [teardownLine(teardown)] : []),
    ...(proof && proof.needed > 1
      ? [`  proof: ${proof.greens} of ${proof.needed} greens in a row, because the recipe has flaked`]
      : []),
    ...blockOf(results.reason),
  ];
}

/** A stage behind one that failed never ran: it counts as skipped here, and as unverified for the level. */
function resultLine(results: Results, name: StageRow['name'], paint: Paint): string {
  const stage = results.stages.find((one) => one.name === name);
  if (!stage) return `${startOf({ name, status: 'skip' }, paint)} not reached`;
  const again = stage.attempts > 1 ? ` in ${stage.attempts} attempts` : '';
  const reason = isUnreasoned(stage) ? 'no reason given' : headlineOf(stage.reason ?? '');
  return `${startOf(stage, paint)} ${formatDuration(stage.durationMs)}${again}${reason === '' ? '' : `  ${reason}`}`;
}

function dependencyLine({
  recipe,
  version,
  warm,
  ready,
  durationMs,
  code,
  reason = '',
}: DependencyResult): string {
  const how = warm ? 'kept warm' : `deployed in ${formatDuration(durationMs)}`;
  const what = `  dependency: ${recipe} ${version}`;
  return ready ? `${what}, ${how}` : `${what} is not ready: ${code ?? ''} ${headlineOf(reason)}`;
}

function baseLines(
  failure: Results['baseFailure'],
  blockOf: (reason: string) => readonly string[],
): readonly string[] {
  if (!failure) return [];
  return [`  base: ${failure.code} ${headlineOf(failure.reason)}`, ...blockOf(failure.reason)];
}

function timingLines({ timing = [] }: Results): string[] {
  return timing.filter(({ slow }) => slow).map((time) => `  ${time.stage} was ${describeSlow(time)}`);
}

function failureLines({ failure }: Results): string[] {
  const { hint, seen } = failure ?? {};
  return [
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ...(seen === undefined ? [] : [`  seen before: ${describeSeen(seen)}`]),
  ];
}

function backupLines(attempts: NonNullable<Results['backup']>['attempts']): string[] {
  const retries = Math.max(0, attempts.length - 1);
  const failed = attempts.filter(({ faults }) => faults.length > 0);
  return [
    `  backup: ${counted(attempts.length, 'attempt')}, ${counted(retries, 'retry', 'retries')}`,
    ...failed.map(({ attempt, faults }) => `    attempt ${attempt}: ${faults.join('; ')}`),
  ];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function teardownLine({ removed, left, durationMs }: TeardownReport): string {
  const done = `${counted(removed.length, 'object')} removed in ${formatDuration(durationMs)}`;
  if (left.length === 0) return `  teardown: ${done}, nothing left`;
  return `  teardown: ${done}, ${left.length} left: ${left.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
}

/** The last line of a run: verdict, reason in one line, remedy. */
export function renderVerdict(results: Results, paint: Paint = unpainted): string {
  const level = results.level === undefined ? '' : `, level ${results.level}`;
  const partial = results.partial ? ', partial' : '';
  const leaked = results.leaked && results.verdict !== 'leaked' ? ', leaked: objects are left' : '';
  const reason = results.reason === undefined ? undefined : headlineOf(results.reason);
  const why = [results.code, reason].filter((part) => part !== undefined).join(' ');
  const remedy = results.remedy === undefined ? '' : ` (${results.remedy})`;
  const cause = results.verdict === 'passed' || why === '' ? '' : `: ${why}${remedy}`;
  return `${paint(toneOf(results.verdict), results.verdict)}${level}${partial}${leaked} in ${formatDuration(results.durationMs)}${cause}`;
}

/**
 * One line for other programs to find and take apart: fields in this order for ever, none with a space in its value; new
 * ones are added at the end. Empty: the run has no such value.
 */
export function renderVerdictFields(results: Results): string {
  const { recipe, ref, verdict, level = '', code = '', durationMs, runId } = results;
  const fields = {
    recipe,
    ref,
    verdict,
    level,
    code,
    duration: `${Math.round(durationMs / 1000)}s`,
    run: runId,
  };
  const words = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `cc-ci: ${words.join(' ')}`;
}

export function exitCodeOf(results: Results): number {
  return EXIT_CODES[results.verdict];
}

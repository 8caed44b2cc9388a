import { formatDuration } from './format-duration.ts';
import { clockTime } from './hold.ts';
import { markdownTable, plainText } from './markdown.ts';
import type { Progress } from './progress.ts';
import type { Results } from './results.ts';

/** Report of a run, relative to the data folder of its host. */
export function reportPath(runId: string): string {
  return `runs/${runId}/report.html`;
}

/** What the details of a run are made of. */
export interface RunAtGlance {
  readonly runId: string;
  /** "custom-html main (3f2a9c1d)". */
  readonly title: string;
  readonly host: string;
  readonly progress: Progress;
  /** Once they are published. */
  readonly results?: Results | undefined;
}

/** The details of a run in the UI, as Markdown: the verdict or what happens now first, then the stages, then the rest. */
export function runDetails(run: RunAtGlance): string {
  const { progress, results } = run;
  return [
    `${results ? verdictOf(results) : `**${progress.phase}**`}: ${plainText(run.title)}`,
    ...(results ? causeOf(results) : []),
    ...(progress.waitingFor === undefined ? [] : [`**Waiting**: ${plainText(progress.waitingFor, 400)}`]),
    ...holdOf(run),
    markdownTable(
      ['stage', 'status', 'time', 'attempts', 'reason'],
      progress.stages.map((stage) => rowOf(stage, results !== undefined)),
    ),
    ...(results ? [removalOf(results), reportOf(run.runId)] : []),
    environmentOf(run),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** "**passed**, level 5". */
export function verdictOf({ verdict, level, partial, leaked }: Results): string {
  const rung = level === undefined ? '' : `, level ${level}`;
  const subset = partial ? ', partial' : '';
  return `**${verdict}**${rung}${subset}${leaked && verdict !== 'leaked' ? ', leaked' : ''}`;
}

function causeOf({ code, reason, remedy }: Results): string[] {
  if (code === undefined && reason === undefined) return [];
  const why = plainText([code, reason].filter((part) => part !== undefined).join(': '), 400);
  return [`Cause: ${why}`, ...(remedy === undefined ? [] : [`What to do next: ${plainText(remedy, 400)}`])];
}

function holdOf({ runId, progress: { hold, phase } }: RunAtGlance): string[] {
  if (!hold || phase !== 'held') return [];
  const notice = hold.notice === undefined ? '' : ` ${plainText(hold.notice)}.`;
  return [
    `**Held until ${clockTime(Date.parse(hold.until))}.**${notice} \`cc-ci release ${runId}\` removes it now.`,
  ];
}

function rowOf(stage: Progress['stages'][number], over: boolean): string[] {
  const time =
    stage.durationMs === undefined ? '' : formatDuration(stage.durationMs).replaceAll(' ', '\u00a0');
  const attempts = stage.attempts === undefined || stage.attempts === 0 ? '' : String(stage.attempts);
  const status = stage.status === 'fail' || stage.status === 'error' ? `**${stage.status}**` : stage.status;
  const told = over && status === 'waiting' ? 'not reached' : status;
  return [stage.name, told, time, attempts, plainText(stage.reason ?? '')];
}

function environmentOf({ host, progress: { domain } }: RunAtGlance): string {
  return domain === undefined
    ? `Host \`${host}\`; no environment yet`
    : `Environment \`${domain}\` on host \`${host}\``;
}

function removalOf({ teardown }: Results): string {
  if (!teardown) return '';
  const removed = `${teardown.removed.length} objects removed in ${formatDuration(teardown.durationMs)}`;
  if (teardown.left.length === 0) return `Removal: ${removed}, nothing left`;
  const names = teardown.left.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return `Removal: ${removed}, **${teardown.left.length} left**: ${plainText(names, 400)}`;
}

function reportOf(runId: string): string {
  return `Report: \`${reportPath(runId)}\``;
}

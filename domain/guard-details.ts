import { formatDuration } from './format-duration.ts';
import type { GuardInput } from './guard.ts';
import { clockTime } from './hold.ts';
import { markdownTable, plainText } from './markdown.ts';
import type { TeardownCause, TeardownReport, Verdict } from './results.ts';

/** What the details of a guard are made of; its input aside, all that is known so far. */
export interface GuardAtGlance {
  readonly lease: 'waiting' | 'held' | 'returned' | 'not needed';
  readonly heldUntilMs?: number | undefined;
  readonly cause?: TeardownCause | undefined;
  readonly report?: TeardownReport | undefined;
  readonly verdict?: Verdict | undefined;
}

const CAUSES: Record<TeardownCause, string> = {
  released: 'the run is done with it',
  abnormal: 'the run ended before its stages were through',
  'parent-closed': 'the run was closed from outside',
  'parent-gone': 'the run was deleted',
  orphaned: 'the run was reset to before this guard',
  ttl: 'the time to live was over',
  adopted: 'its run and its guard were gone',
};

/** The details of a guard in the UI, as Markdown: what it does now, what it guards, what it has removed. */
export function guardDetails(
  { environment, run }: Pick<GuardInput, 'environment'> & Partial<Pick<GuardInput, 'run'>>,
  now: GuardAtGlance,
): string {
  const domains = environment.apps.map(({ domain }) => `\`${domain}\``).join(', ');
  const rows = [
    ['guards', domains],
    ['for', `\`${environment.runId}\`${run ? ` (${plainText(`${run.recipe} ${run.ref}`)})` : ''}`],
    ['environment', `\`${environment.id}\``],
    [`lease of \`${environment.host}\``, now.lease],
    ...(now.heldUntilMs === undefined ? [] : [['held for people', `until ${clockTime(now.heldUntilMs)}`]]),
    ...(now.cause === undefined ? [] : [['removal because', CAUSES[now.cause]]]),
    ...(now.report ? removalRows(now.report) : []),
    ...(now.verdict === undefined ? [] : [['verdict of the run', now.verdict]]),
  ];
  return `${headOf(now)}\n\n${markdownTable(['what', 'state'], rows)}`;
}

function headOf({ lease, cause, report, heldUntilMs }: GuardAtGlance): string {
  if (report) {
    const { removed, left } = report;
    return left.length === 0
      ? `**removed**: ${removed.length} objects, nothing left`
      : `**${left.length} left**: removal goes on`;
  }
  if (cause !== undefined) return '**removing**';
  if (heldUntilMs !== undefined) return `**held until ${clockTime(heldUntilMs)}**`;
  return lease === 'waiting' ? '**waiting for the host**' : '**guarding**';
}

function removalRows({ passes, killed, removed, left, durationMs }: TeardownReport): string[][] {
  const names = left.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    ['passes', `${passes} in ${formatDuration(durationMs)}`],
    ['processes killed', String(killed)],
    ['removed', String(removed.length)],
    ['left', left.length === 0 ? 'nothing' : plainText(names, 400)],
  ];
}

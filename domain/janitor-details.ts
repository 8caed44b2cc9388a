import { clockTime } from './hold.ts';
import { orphansOf, type JanitorReport } from './janitor.ts';
import { markdownTable, plainText } from './markdown.ts';

/** The details of a janitor in the UI, as Markdown: what it found, and what becomes of it. */
export function janitorDetails(
  { environments, strangers, alert, host }: JanitorReport,
  now: { readonly secondLook?: string; readonly reclaiming?: number },
): string {
  const rows = environments.map(({ environmentId, runId, fate, why, holds }) => [
    `\`${environmentId}\``,
    runId === undefined ? 'unknown' : `\`${runId}\``,
    holds,
    fate,
    plainText(why),
  ]);
  const table =
    rows.length === 0 ? [] : [markdownTable(['environment', 'run', 'holds', 'fate', 'why'], rows)];
  const named =
    strangers.length === 0
      ? []
      : [`Without a label, and left alone: ${plainText(strangers.map(({ name }) => name).join(', '), 400)}`];
  const alarm = alert
    ? [`**${alert.code}** ${plainText(alert.reason, 400)}. ${plainText(alert.remedy, 400)}`]
    : [];
  const orphans = orphansOf(environments).length;
  return [headOf(host, orphans, now), ...alarm, ...table, ...named].join('\n\n');
}

function headOf(host: string, orphans: number, now: { secondLook?: string; reclaiming?: number }): string {
  if (now.reclaiming !== undefined) return `**reclaiming ${now.reclaiming}** on ${host}`;
  if (now.secondLook !== undefined) {
    return `**${orphans} without an owner** on ${host}; second look at ${clockTime(Date.parse(now.secondLook))}`;
  }
  return orphans === 0
    ? `**everything on ${host} has an owner**`
    : `**${orphans} without an owner** on ${host}`;
}

import { markdownTable, plainText } from './markdown.ts';
import type { WarmStatus } from './warm.ts';

/** The details of a provider that is kept warm in the UI, as Markdown. */
export function warmDetails(status: WarmStatus): string {
  const { phase, domain, version, wanted, healthy, reason, realms, at, fault, left = [] } = status;
  const state = healthy === undefined ? phase : healthy ? `${phase}, healthy` : `${phase}, not healthy`;
  const rows = [
    ...(domain === undefined ? [] : [['domain', `\`${domain}\``]]),
    ...(version === undefined ? [] : [['version', plainText(version)]]),
    ...(wanted === undefined ? [] : [['deploys', plainText(wanted)]]),
    ...(realms === undefined ? [] : [['realms of runs', String(realms)]]),
    ...(at === undefined ? [] : [['last looked at', at]]),
    ...(reason === undefined ? [] : [['because', plainText(reason, 400)]]),
    ...(fault === undefined ? [] : [['fault', plainText(fault, 400)]]),
    ...(left.length === 0 ? [] : [['left', plainText(left.map(({ name }) => name).join(', '), 400)]]),
  ];
  return rows.length === 0 ? `**${state}**` : `**${state}**\n\n${markdownTable(['what', 'state'], rows)}`;
}

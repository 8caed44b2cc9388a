import { InvalidArgumentError } from 'commander';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A moment as people write it: an age (`90m`, `12h`, `7d`, `2w`), a date or an ISO time, both UTC.
 * @param edge of a date without a time: its first or its last millisecond
 * @throws InvalidArgumentError
 */
export function parseMoment(text: string, edge: 'start' | 'end', nowMs: number): Date {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    return new Date(nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  }
  const zoned = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text);
  const full = DAY.test(text) ? `${text}T${edge === 'start' ? '00:00:00.000' : '23:59:59.999'}Z` : text;
  const moment = new Date(full);
  // JavaScript makes 3 March of 31 February.
  const real = moment.getTime() > 0 && (zoned || moment.toISOString().startsWith(text));
  if ((DAY.test(text) || zoned) && real) return moment;
  throw new InvalidArgumentError('give an age as 7d, 12h or 90m, a date as 2026-11-01, or an ISO time');
}

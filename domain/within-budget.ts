import type { Assertion } from './stages.ts';

/** What stays of a detail when there is no room for more. */
const LEAST_DETAIL = 80;

/**
 * The same assertions in at most about `budget` characters: payloads are bounded, and a stage may have hundreds of specs.
 * Those that do not hold keep their detail first; what does not fit at all is counted in a last one.
 */
export function withinBudget(assertions: readonly Assertion[], budget: number): Assertion[] {
  const order = [...assertions.keys()].sort((a, b) => Number(assertions[a]?.ok) - Number(assertions[b]?.ok));
  const kept = new Map<number, Assertion>();
  let left = budget;
  for (const index of order) {
    const one = assertions[index];
    if (!one || left < one.name.length + LEAST_DETAIL) continue;
    const detail = cut(one.detail, Math.max(LEAST_DETAIL, Math.floor(left / 2)));
    left -= one.name.length + detail.length;
    kept.set(index, { ...one, detail });
  }
  const shown = [...kept].sort(([a], [b]) => a - b).map(([, one]) => one);
  const missing = assertions.filter((_, index) => !kept.has(index));
  if (missing.length === 0) return shown;
  const ok = missing.every((one) => one.ok);
  const failed = missing.filter((one) => !one.ok).length;
  const detail = `${missing.length} more, ${failed} of them do not hold; see the log of the stage`;
  return [...shown, { name: 'the other assertions hold', ok, detail }];
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

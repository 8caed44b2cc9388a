import { CodedError } from '../../../domain/errors.ts';
import { markerValue, type Marker } from '../../../domain/markers.ts';
import type { Assertion } from '../../../domain/stages.ts';
import type { Operation } from '../operation.ts';
import { keeperOf } from './keeper-of.ts';
import type { MarkerTools } from './marker-tools.ts';
import { together } from './together.ts';
import { tryFor } from './try-for.ts';

const MAX_DETAIL = 2000;
const CLAIMS = {
  original: (what: string) => `marker ${what} is as it was written`,
  absent: (what: string) => `marker ${what} is gone after it was destroyed`,
} as const;

/** One assertion for each marker: that it is as it was written, or that it is gone. Readings that heal are repeated. */
export async function check(
  tools: MarkerTools,
  markers: readonly Marker[],
  expected: 'original' | 'absent',
): Promise<readonly Assertion[]> {
  const { operation, patience } = tools;
  const value = markerValue(operation.environment.id);
  const bound = { timeoutMs: patience.checkMs, pauseMs: patience.pauseMs };
  return together(markers, async (marker) => {
    operation.progress(`reading ${marker.what}`);
    const keeper = keeperOf(tools, marker, markers);
    const read = () => keeper.read(value);
    const seen = await tryFor(operation, bound, read, ({ transient, detail }) =>
      transient ? detail : undefined,
    );
    return {
      name: CLAIMS[expected](marker.what),
      ok: seen.state === expected,
      detail: shown(operation, seen.detail),
    };
  });
}

/** Makes the app forget every marker, as an accident would. Rejects with `E_MARKER` naming one that stays. */
export async function destroy(tools: MarkerTools, markers: readonly Marker[]): Promise<void> {
  const { operation, patience } = tools;
  const bound = { timeoutMs: patience.seedMs, pauseMs: patience.pauseMs };
  await together(markers, async (marker) => {
    const attempt = () => keeperOf(tools, marker, markers).destroy();
    const tried = await tryFor(operation, bound, attempt, ({ ok, detail }) => (ok ? undefined : detail));
    if (!tried.ok) throw new CodedError('E_MARKER', `${marker.what} cannot be destroyed: ${tried.detail}`);
    operation.log(`marker ${marker.what} destroyed: ${tried.detail}`);
  });
}

/** What the app or a client said, without secrets and of bounded length. */
export function shown(operation: Pick<Operation, 'redact'>, detail: string): string {
  return operation.redact(detail).slice(0, MAX_DETAIL);
}

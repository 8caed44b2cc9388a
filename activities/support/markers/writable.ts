import { randomUUID } from 'node:crypto';
import type { Marker } from '../../../domain/markers.ts';
import type { Assertion } from '../../../domain/stages.ts';
import { shown } from './check.ts';
import { keeperOf } from './keeper-of.ts';
import type { MarkerTools } from './marker-tools.ts';
import { together } from './together.ts';
import { tryFor } from './try-for.ts';

/**
 * Whether the app takes changes where its restored markers are, a fresh value in each attempt. Folders that the
 * container's user could not write to before are none of the restore's doing and are left out.
 */
export async function assertTakesChanges(
  tools: MarkerTools,
  markers: readonly Marker[],
): Promise<readonly Assertion[]> {
  const { operation, patience } = tools;
  const bound = { timeoutMs: patience.writableMs, pauseMs: patience.pauseMs };
  const concerned = markers.filter(({ backedUp, writable }) => backedUp && writable !== false);
  return together(concerned, async (marker) => {
    operation.progress(`writing where ${marker.what} is`);
    const keeper = keeperOf(tools, marker, markers);
    const probe = () => keeper.probe(randomUUID());
    const tried = await tryFor(operation, bound, probe, ({ ok, detail }) => (ok ? undefined : detail));
    const detail = shown(operation, tried.detail);
    return { name: `takes changes: ${marker.what}`, ok: tried.ok, detail };
  });
}

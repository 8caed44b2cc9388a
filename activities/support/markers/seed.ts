import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { serviceBackups } from '../../../domain/backup-labels.ts';
import { CodedError } from '../../../domain/errors.ts';
import { planMarkers } from '../../../domain/marker-plan.ts';
import { markerValue, type Marker, type Seeding } from '../../../domain/markers.ts';
import { tryInContainer } from './file-keeper.ts';
import { keeperOf } from './keeper-of.ts';
import type { MarkerTools } from './marker-tools.ts';
import { tryFor } from './try-for.ts';

/**
 * Writes every marker that the app can hold, over what is there, and reads it back. Rejects with `E_MARKER` naming the
 * one that could not be written or is not there afterwards.
 */
export async function seed(tools: MarkerTools): Promise<Seeding> {
  const { platform, operation, app, recipeMarker } = tools;
  const facts = await platform.serviceFacts(app);
  const planned = planMarkers(facts, serviceBackups(facts), {
    environmentId: operation.environment.id,
    recipeMarker: recipeMarker !== undefined,
  });
  const markers: Marker[] = [];
  for (const marker of planned) {
    operation.progress(`${app.role}: writing ${marker.what}`);
    markers.push(await seedOne(tools, marker, planned));
  }
  const keepsData = recipeMarker !== undefined || facts.some(({ volumes }) => volumes.length > 0);
  return { markers, keepsData };
}

async function seedOne(tools: MarkerTools, planned: Marker, all: readonly Marker[]): Promise<Marker> {
  const { operation, patience } = tools;
  const value = markerValue(operation.environment.id);
  const bound = { timeoutMs: patience.seedMs, pauseMs: patience.pauseMs };
  const marker = planned.kind === 'file' ? await placeFile(tools, planned, all, value) : planned;
  const keeper = keeperOf(tools, marker, all);
  if (marker.kind !== 'file') {
    const write = () => keeper.write(value);
    const written = await tryFor(operation, bound, write, ({ ok, detail }) => (ok ? undefined : detail));
    if (!written.ok) throw new CodedError('E_MARKER', `${marker.what} cannot be written: ${written.detail}`);
  }
  const read = () => keeper.read(value);
  const reading = await tryFor(operation, bound, read, (seen) => (seen.transient ? seen.detail : undefined));
  if (reading.state !== 'original') {
    throw new CodedError('E_MARKER', `${marker.what} was written, but then: ${reading.detail}`);
  }
  operation.log(`marker ${marker.what} written: ${reading.detail}`);
  return marker.kind === 'file' ? withWritable(tools, marker) : marker;
}

/** Where the labelled folder turns out to be missing, or a file, the marker goes to the root and no backup has to save it. */
async function placeFile(
  tools: MarkerTools,
  marker: Marker,
  all: readonly Marker[],
  value: string,
): Promise<Marker> {
  const atRoot = { ...marker, path: basename(marker.path ?? ''), backedUp: false };
  try {
    await keeperOf(tools, marker, all).write(value);
    return marker;
  } catch (error) {
    const known = error instanceof CodedError && error.code === 'E_MARKER';
    if (!known || marker.path === atRoot.path) throw error;
    tools.operation.log(`${error.message}; ${marker.what} goes to the root of it`);
    await keeperOf(tools, atRoot, all).write(value);
    return atRoot;
  }
}

async function withWritable(tools: MarkerTools, marker: Marker): Promise<Marker> {
  const { volume, path } = marker;
  if (volume === undefined || path === undefined) return marker;
  const tried = await tryInContainer(tools, { ...marker, volume, path }, randomUUID());
  return typeof tried === 'string' ? marker : { ...marker, writable: tried.ok };
}

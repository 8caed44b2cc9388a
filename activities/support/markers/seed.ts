import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { serviceBackups } from '../../../domain/backup-labels.ts';
import { ERROR_CODES } from '../../../domain/error-codes.ts';
import { CodedError } from '../../../domain/errors.ts';
import { atRoot, planMarkers } from '../../../domain/marker-plan.ts';
import { markerValue, type Marker, type Seeding, type Unplaced } from '../../../domain/markers.ts';
import { shown } from './check.ts';
import { tryInContainer } from './file-keeper.ts';
import { keeperOf } from './keeper-of.ts';
import type { Operation } from '../operation.ts';
import type { MarkerTools } from './marker-tools.ts';
import { listDatabases } from './row-keeper.ts';
import { together } from './together.ts';
import { tryFor } from './try-for.ts';

const MAX_REASON = 300;

/**
 * Writes every marker that the app can hold, over what is there, and reads it back; a `known` one only if it is not
 * there any more. One that could not be written, or
 * is not there afterwards, is `unplaced`; where it is the recipe's own, rejects with `E_MARKER`. The platform's own
 * failures are not the app's, and go on their way.
 */
export async function seed(tools: MarkerTools, known: readonly Marker[] = []): Promise<Seeding> {
  const { platform, operation, app, recipeMarker } = tools;
  const facts = await platform.serviceFacts(app);
  const plan = planMarkers(facts, serviceBackups(facts), {
    environmentId: operation.environment.id,
    recipeMarker: recipeMarker !== undefined,
  });
  const unplaced: Unplaced[] = [...plan.unplaced];
  const report = ({ service, what, backedUp }: Marker, { message }: CodedError) => {
    const reason = shown(operation, message.replace(`${ERROR_CODES.E_MARKER.message}: `, ''));
    unplaced.push({ service, what, reason: reason.slice(0, MAX_REASON), backedUp });
  };
  const place = async (planned: Marker, refused = report) => {
    operation.progress(`${app.role}: writing ${planned.what}`);
    const isKnown = known.some((one) => isSame(one, planned));
    if (isKnown && (await holds(tools, planned, plan.markers))) return withWritable(tools, planned);
    const body = () => write(tools, planned, plan.markers);
    const written = await unlessRefused(operation, planned, body, refused);
    return written && unlessRefused(operation, written, () => confirm(tools, written, plan.markers), report);
  };
  const folderless: Marker[] = [];
  const placed = await together(plan.markers, (marker) =>
    // That a labelled folder is not there, and no backup can save it, is for the stage backup to say.
    inFolder(marker) ? place(marker, () => folderless.push(atRoot(marker))) : place(marker),
  );
  const markers = placed.filter((marker) => marker !== undefined);
  const roots = new Map(folderless.map((root) => [root.id, root]));
  const homeless = [...roots.values()].filter(
    (root) => !markers.some(({ volume }) => volume === root.volume),
  );
  const atRoots = await together(homeless, (root) => place(root));
  return {
    markers: [...markers, ...atRoots.filter((marker) => marker !== undefined)],
    unplaced,
    keepsData: plan.keepsData,
  };
}

/** Whether two markers are the same one; of rows it is not known before asking which databases they belong into. */
function isSame(one: Marker, { id, kind, service, volume, path }: Marker): boolean {
  const known = { id: one.id, kind: one.kind, service: one.service, volume: one.volume, path: one.path };
  return kind !== 'row' && isDeepStrictEqual(known, { id, kind, service, volume, path });
}

/** Whether the app still holds a marker. One that cannot be read now is for the attempt to write it to find out about. */
async function holds(tools: MarkerTools, marker: Marker, all: readonly Marker[]): Promise<boolean> {
  const reading = await keeperOf(tools, marker, all).read(markerValue(tools.operation.environment.id));
  return reading.state === 'original';
}

function inFolder({ kind, path = '' }: Marker): boolean {
  return kind === 'file' && path.includes('/');
}

/** What `body` came to, or undefined when the app refused the marker; the recipe's own has to work. */
async function unlessRefused(
  operation: Operation,
  marker: Marker,
  body: () => Promise<Marker>,
  refused: (marker: Marker, error: CodedError) => void,
): Promise<Marker | undefined> {
  try {
    return await body();
  } catch (error) {
    const known = error instanceof CodedError && error.code === 'E_MARKER';
    if (!known || marker.kind === 'recipe') throw error;
    operation.log(error.message);
    refused(marker, error);
    return undefined;
  }
}

async function write(tools: MarkerTools, planned: Marker, all: readonly Marker[]): Promise<Marker> {
  const { operation } = tools;
  const marker = planned.kind === 'row' ? await withDatabases(tools, planned) : planned;
  const keeper = keeperOf(tools, marker, all);
  const attempt = () => keeper.write(markerValue(operation.environment.id));
  const written = await tryFor(operation, boundOf(tools), attempt, ({ ok, detail }) =>
    ok ? undefined : detail,
  );
  if (!written.ok) throw new CodedError('E_MARKER', `${marker.what} cannot be written: ${written.detail}`);
  return marker;
}

async function confirm(tools: MarkerTools, marker: Marker, all: readonly Marker[]): Promise<Marker> {
  const { operation } = tools;
  const keeper = keeperOf(tools, marker, all);
  const read = () => keeper.read(markerValue(operation.environment.id));
  const reading = await tryFor(operation, boundOf(tools), read, (seen) =>
    seen.transient ? seen.detail : undefined,
  );
  if (reading.state !== 'original') {
    throw new CodedError('E_MARKER', `${marker.what} was written, but then: ${reading.detail}`);
  }
  operation.log(`marker ${marker.what} written: ${reading.detail}`);
  return withWritable(tools, marker);
}

/** The databases that there are now: asked once, because one that appears later holds no marker. */
async function withDatabases(tools: MarkerTools, marker: Marker): Promise<Marker> {
  const { operation } = tools;
  const { engine, what } = marker;
  if (!engine) return marker;
  const list = () => listDatabases(tools, { ...marker, engine });
  const databases = await tryFor(operation, boundOf(tools), list, (found) =>
    typeof found === 'string' ? found : undefined,
  );
  if (typeof databases === 'string')
    throw new CodedError('E_MARKER', `${what} cannot be written: ${databases}`);
  return { ...marker, databases: [...databases] };
}

async function withWritable(tools: MarkerTools, marker: Marker): Promise<Marker> {
  const { volume, path } = marker;
  if (volume === undefined || path === undefined) return marker;
  const tried = await tryInContainer(tools, { ...marker, volume, path }, randomUUID());
  return typeof tried === 'string' ? marker : { ...marker, writable: tried.ok };
}

function boundOf({ patience: { seedMs, pauseMs } }: MarkerTools) {
  return { timeoutMs: seedMs, pauseMs };
}

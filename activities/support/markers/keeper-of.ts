import { CodedError } from '../../../domain/errors.ts';
import { markerValue, type Marker } from '../../../domain/markers.ts';
import { fileKeeper } from './file-keeper.ts';
import type { MarkerKeeper, MarkerTools } from './marker-tools.ts';
import { recipeKeeper } from './recipe-keeper.ts';
import { rowKeeper } from './row-keeper.ts';

/** Who keeps a marker of the app. */
export function keeperOf(tools: MarkerTools, marker: Marker, all: readonly Marker[]): MarkerKeeper {
  const { engine, databases, volume, path } = marker;
  if (marker.kind === 'recipe' && tools.recipeMarker) {
    return recipeKeeper(tools, tools.recipeMarker, markerValue(tools.operation.environment.id));
  }
  if (marker.kind === 'row' && engine && databases) {
    const others = all.filter(({ kind, id }) => kind === 'row' && id !== marker.id);
    return rowKeeper(tools, { ...marker, engine, databases }, others);
  }
  if (marker.kind === 'file' && volume !== undefined && path !== undefined) {
    return fileKeeper(tools, { ...marker, volume, path });
  }
  throw new CodedError('E_MARKER', `${marker.what}: nothing is known that keeps it`);
}

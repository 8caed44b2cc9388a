import type { MarkerReading } from '../../../domain/markers.ts';
import type { App } from '../../../domain/plan.ts';
import type { RecipeContext, RecipeMarker } from '../../../domain/recipe-context.ts';
import type { Platform } from '../../platform/port.ts';
import type { Operation } from '../operation.ts';

/** Bounds in ms within which what is not ready yet is tried again. */
export interface Patience {
  readonly seedMs: number;
  readonly checkMs: number;
  readonly writableMs: number;
  /** Between two attempts. */
  readonly pauseMs: number;
}

/** The bound on writes after a restore is that of spec R-30. */
export const PATIENCE: Patience = { seedMs: 30_000, checkMs: 15_000, writableMs: 90_000, pauseMs: 1000 };

/** What markers are kept with, for one app and one attempt. */
export interface MarkerTools {
  readonly platform: Pick<
    Platform,
    'exec' | 'serviceFacts' | 'writeVolumeFile' | 'readVolumeFile' | 'removeVolumeFile'
  >;
  readonly operation: Operation;
  readonly app: App;
  /** The marker of recipe.ts, when it has one. */
  readonly recipeMarker: RecipeMarker | undefined;
  /** A context whose `marker` is the value given. */
  readonly recipeContext: (marker: string) => RecipeContext;
  readonly patience: Patience;
}

/** Whether a change was taken; `detail` says how it was tried, or why it was not. */
export interface Try {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Keeps one marker. Faults of the app are answers; rejects with `E_MARKER` only where a function of the recipe fails,
 * and with the platform's own failures.
 */
export interface MarkerKeeper {
  write(value: string): Promise<Try>;
  read(value: string): Promise<MarkerReading>;
  destroy(): Promise<Try>;
  /** Whether the app takes a change where the marker is; leaves the marker as it was. */
  probe(value: string): Promise<Try>;
}

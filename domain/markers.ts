import { z } from 'zod';

/**
 * Data of the run in the app: written before an operation and read back after it. Which markers an app gets follows
 * from what is deployed; a recipe may add one of its own (`marker` in recipe.ts).
 */
export const markerSchema = z.object({
  /** Unique in its environment: `file content`, `row db`, `recipe`. */
  id: z.string(),
  kind: z.enum(['file', 'row', 'recipe']),
  /** The service that holds it, as it was called when the marker was written. */
  service: z.string(),
  /** For people: "a file in volume content", "a row of table ci_marker in db". */
  what: z.string(),
  /** The recipe's backup labels promise to bring it back. */
  backedUp: z.boolean(),
  /** Kind `file`: compose key of the volume. */
  volume: z.string().optional(),
  /** Kind `file`: path below the root of the volume, with the file's name. */
  path: z.string().optional(),
  /**
   * Kind `file`: whether the user of the container could make a file beside it when it was written; absent where the
   * image has no shell to try it with.
   */
  writable: z.boolean().optional(),
  /** Kind `row`. */
  engine: z.enum(['postgres', 'mysql']).optional(),
  /** Kind `row`: names of the databases that it was written into; those that appear later are not asked. */
  databases: z.array(z.string()).optional(),
});
export type Marker = z.infer<typeof markerSchema>;

/** `other`: neither as written nor gone, or it could not be read; `detail` of the reading says which. */
export type MarkerState = 'original' | 'absent' | 'other';

export interface MarkerReading {
  readonly state: MarkerState;
  /** What was seen. */
  readonly detail: string;
  /** The reading itself failed in a way that heals: the app or its database does not answer yet. */
  readonly transient: boolean;
}

/** Data of the app that nothing can be proven about, because no marker could be put there. */
export interface Unplaced {
  readonly service: string;
  /** As in {@link Marker}. */
  readonly what: string;
  readonly reason: string;
  /** The recipe's backup labels promise to bring the data back. */
  readonly backedUp: boolean;
}

/** What seeding an app came to. */
export interface Seeding {
  readonly markers: readonly Marker[];
  readonly unplaced: readonly Unplaced[];
  /** Whether the app keeps anything at all: it mounts a volume that is not a cache's, or the recipe has a marker. */
  readonly keepsData: boolean;
}

/** The value that the markers of an environment hold. Not a secret: pages may show it. */
export function markerValue(environmentId: string): string {
  return `ci-${environmentId.replaceAll('-', '').slice(0, 16)}`;
}

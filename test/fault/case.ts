import type { Client } from '@temporalio/client';
import type { ErrorCode } from '../../domain/errors.ts';
import type { RunInput } from '../../domain/plan.ts';
import type { Results, Verdict } from '../../domain/results.ts';
import type { Stage } from '../../domain/stages.ts';
import type { RecipeTree } from '../mutations/recipe-tree.ts';
import type { Lane, PlatformName } from './lane.ts';
import type { Point, Reached } from './points.ts';

/** Where a fault strikes: at an instrumented point, or a while after an attempt of an activity has begun. */
export type Place = Omit<Point, 'moment'> & { readonly moment: Point['moment'] | 'middle' };

/** A run that is about to be struck. */
export interface Struck {
  readonly lane: Lane;
  readonly client: Client;
  readonly input: RunInput;
  readonly runId: string;
  /** Who is at the place; absent for faults that have none. */
  readonly reached: Reached | undefined;
  /** Lets whoever is at the place go on; at the latest when the fault is over. */
  readonly release: () => void;
}

/** What a case must come to. */
export interface Expectation {
  readonly verdict: Verdict;
  readonly code?: ErrorCode;
  /** Environments that the run has had; 1 when absent. */
  readonly environments?: number;
}

/** One fault at one point, with what must come of it. */
export interface FaultCase {
  readonly fault: string;
  readonly place: string;
  readonly platform: PlatformName;
  readonly recipe: string;
  readonly stages: readonly Stage[];
  readonly change?: (tree: RecipeTree) => void;
  readonly input?: Partial<RunInput>;
  /** Recipes that the run needs, with a change of theirs; they come from the stack's own repositories when absent. */
  readonly needs?: Readonly<Record<string, (tree: RecipeTree) => void>>;
  readonly at?: Place;
  /** Steps of the dummy platform, by method. */
  readonly steps?: Readonly<Record<string, readonly object[]>>;
  /** Before the run is started. */
  readonly prepare?: (lane: Lane) => Promise<void>;
  /** How the run is started; by a client of our own when absent. Its id is that of the input. */
  readonly start?: (lane: Lane, input: RunInput) => Promise<void>;
  readonly strike: (run: Struck) => Promise<void>;
  /** Whether somebody has to take over, so that the time until then is a figure. */
  readonly takesOver?: boolean;
  readonly expect: Expectation;
  /** What else has to hold; returns what does not. */
  readonly check?: (run: Struck, results: Results) => Promise<readonly string[]> | readonly string[];
  /** Puts back what the fault did to the lane, whatever happened. */
  readonly after?: (lane: Lane) => Promise<void>;
  /** In every sample. */
  readonly always?: boolean;
  /** Touches what all lanes share: runs alone. */
  readonly alone?: boolean;
}

export function nameOf({ fault, place, platform }: FaultCase): string {
  return `${fault}: ${place} (${platform})`;
}

/** As `before deployApp`, `middle of upgrade/assertServing`, `workflow task after upgradeApp`. */
export function placeName({ activity, stage, role, moment }: Place): string {
  const what = role === undefined ? activity : `${activity} of ${role}`;
  const where = stage === undefined ? what : `${stage}/${what}`;
  const words = { before: 'before', after: 'after', task: 'workflow task after', middle: 'middle of' };
  return `${words[moment]} ${where}`;
}

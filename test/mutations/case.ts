import type { Platform } from '../../activities/platform/port.ts';
import type { WorkerConfig } from '../../domain/config.ts';
import type { ErrorClass } from '../../domain/error-codes.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Results } from '../../domain/results.ts';
import type { Stage } from '../../domain/stages.ts';
import type { RecipeTree } from './recipe-tree.ts';

export type FixtureRecipe =
  'custom-html' | 'gitea' | 'greeter' | 'keycloak' | 'matrix-synapse' | 'notes-mariadb' | 'notes-postgres';

/** One change of an otherwise good world, and nothing else. */
export interface Mutation {
  /** A sentence about what is changed; unique. */
  readonly name: string;
  readonly recipe: FixtureRecipe;
  /** Changes the recipe's repository: the files of its versions and of the head. */
  readonly recipeChange?: (tree: RecipeTree) => void;
  /** Files of the recipe's reviewed folder below `recipes/`, laid over the present ones; undefined removes a file. */
  readonly folder?: Readonly<Record<string, string | undefined>>;
  /** Stands between the activities and the real platform: a defective adapter. */
  readonly adapter?: (platform: Platform) => Platform;
  /** Another environment than the stack's. */
  readonly config?: () => Promise<{ change: Partial<WorkerConfig> } & AsyncDisposable>;
  /** What the results must tell beyond the verdict; the answer says why they do not. */
  readonly also?: (results: Results) => string | undefined;
}

export type Place = Stage | 'prepare';

export interface Defect extends Mutation {
  /**
   * Where it must be seen; `prepare` when the run ends before its stages, or after all of them have passed. Several only
   * where the speed of the machine decides.
   */
  readonly stage: Place | readonly Place[];
  readonly class: ErrorClass;
  /** Codes any of which tells it; only the class counts when absent. */
  readonly code?: ErrorCode;
}

/** A change that must not matter: the run passes with level 5. */
export type Benign = Mutation;

import type { HttpAnswer } from './http.ts';
import type { SsoFacts } from './sso.ts';

export interface RecipeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bound on the exchange in ms; 15,000 when absent. */
  readonly timeoutMs?: number;
}

export interface RecipeExecOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Bound in ms; 60,000 when absent. */
  readonly timeoutMs?: number;
  /** Keeps what the command writes out of the log of the stage: for commands that write secrets. */
  readonly quiet?: boolean;
}

/** An app of the environment, as the functions of a recipe.ts may use it. */
export interface AppContext {
  readonly domain: string;
  /** A request to the app over its public hostname; rejects with the transport's error only. */
  readonly http: (path: string, request?: RecipeRequest) => Promise<HttpAnswer>;
  /** Runs a command in a running container of a service; exit code and output are the answer. */
  readonly exec: (
    service: string,
    argv: readonly [string, ...string[]],
    options?: RecipeExecOptions,
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
  /** Value of a swarm secret of the app by its name in the compose file; rejects when there is none. */
  readonly secret: (name: string) => Promise<string>;
}

/** What the functions of a recipe.ts get. They run inside activities and may be called again after a crash. */
export interface RecipeContext extends AppContext {
  /** The value that the marker holds or is to hold; now and then another than the run's, to see that the app takes it. */
  readonly marker: string;
  /**
   * A secret of the run, the same in every call. Reviewed specs know it as `marker.seed`, so passwords may be derived from it.
   */
  readonly seed: string;
  /** The app's own dependencies by the names of their recipes, those that are ready. */
  readonly deps: Readonly<Record<string, AppContext>>;
  /** Absent when the recipe asks for no single sign-on, or its provider is not ready. */
  readonly sso?: SsoFacts;
  /** Writes to the log of the stage, redacted. */
  readonly log: (line: string) => void;
}

/** A marker that only the recipe knows how to keep: a post, an account, a page (spec R-22). */
export interface RecipeMarker {
  /** Writes `context.marker` into the app, over what is there. */
  write(context: RecipeContext): Promise<void>;
  /** The value that the app holds now; undefined when it holds none. */
  read(context: RecipeContext): Promise<string | undefined>;
  /** Makes the app forget it, as a user or an accident would. */
  destroy(context: RecipeContext): Promise<void>;
}

export type RecipeStep = (context: RecipeContext) => Promise<void>;

/** What an app needs of its dependencies before its one deploy. */
export interface Wiring {
  /** Added to the app's env file. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Values of swarm secrets by their names in the compose file, generated ones among them. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** Computes the wiring once every dependency is ready; without them the app is deployed as it is. */
export type RecipeWire = (context: RecipeContext) => Promise<Wiring> | Wiring;

import type { HttpAnswer } from './http.ts';

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
}

/** What the functions of a recipe.ts get. They run inside activities and may be called again after a crash. */
export interface RecipeContext {
  readonly domain: string;
  /** The value that the marker of this environment holds. */
  readonly marker: string;
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

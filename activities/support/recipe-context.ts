import { CodedError, type ErrorCode } from '../../domain/errors.ts';
import type { App } from '../../domain/plan.ts';
import type { AppContext, RecipeContext } from '../../domain/recipe-context.ts';
import type { SsoFacts } from '../../domain/sso.ts';
import type { Platform } from '../platform/port.ts';
import { fetchThroughIngress, type TrustedIngress } from './ingress-http.ts';
import type { Operation } from './operation.ts';

const HTTP_TIMEOUT_MS = 15_000;
const EXEC_TIMEOUT_MS = 60_000;
/** Failures that say nothing about the function in which they came up. */
const NOT_THE_RECIPES: readonly ErrorCode[] = ['E_DOCKER', 'E_FENCED', 'E_COMMAND'];

export interface ContextTools {
  readonly platform: Pick<Platform, 'exec' | 'secretValue'>;
  readonly ingress: TrustedIngress;
}

export interface ContextFacts {
  readonly marker: string;
  /** Secret of the environment (`runSeed`). */
  readonly seed: string;
  /** The app's own, when all of them are ready. */
  readonly dependencies?: readonly App[];
  readonly sso?: SsoFacts | undefined;
}

/** What the functions of a recipe.ts get; `marker` is the value that its marker is to hold. */
export function createRecipeContext(
  tools: ContextTools,
  operation: Operation,
  app: App,
  { marker, seed, dependencies = [], sso }: ContextFacts,
): RecipeContext {
  const deps = dependencies.map((one): [string, AppContext] => [
    one.recipe,
    appContext(tools, operation, one),
  ]);
  return {
    ...appContext(tools, operation, app),
    marker,
    seed,
    deps: Object.fromEntries(deps),
    ...(sso ? { sso } : {}),
    log: (line) => operation.log(line),
  };
}

function appContext({ platform, ingress }: ContextTools, operation: Operation, app: App): AppContext {
  return {
    domain: app.domain,
    http: (path, { timeoutMs = HTTP_TIMEOUT_MS, ...request } = {}) => {
      const url = new URL(path, `https://${app.domain}/`).href;
      return fetchThroughIngress(ingress, url, { ...request, timeoutMs, signal: operation.signal });
    },
    exec: (service, argv, { timeoutMs = EXEC_TIMEOUT_MS, ...options } = {}) =>
      platform.exec(operation, app, service, argv, { ...options, timeoutMs }),
    secret: (name) => platform.secretValue(operation, app, name),
  };
}

/**
 * Calls a function of a recipe. What it throws becomes a failure with the code given and its message, except what the
 * platform threw and the end of the operation.
 */
export async function callRecipe<T>(
  operation: Pick<Operation, 'signal'>,
  code: 'E_MARKER' | 'E_RECIPE_FOLDER',
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    operation.signal.throwIfAborted();
    if (error instanceof CodedError && NOT_THE_RECIPES.includes(error.code)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CodedError(code, `${what}: ${message}`, { cause: error });
  }
}

import { HOOK_TIMEOUT_MS, SNAPSHOT_TIMEOUT_MS } from './backup.ts';
import type { Limits } from './plan.ts';
import type { RecipeDefinition } from './recipe.ts';

/** What the harness waits longer than the recipe's own TIMEOUT, so that the recipe's own cause is reported first. */
const ABOVE_TIMEOUT_SECONDS = 60;

/**
 * The bounds of a run. The harness' bound on a deploy is always above the TIMEOUT of every version that is deployed, so
 * the two cannot be configured against each other.
 */
export function limitsOf(
  definition: Pick<
    RecipeDefinition,
    'deployTimeoutSeconds' | 'httpTimeoutSeconds' | 'steadySeconds' | 'backup'
  >,
  timeoutSeconds: readonly (number | undefined)[],
): Limits {
  const own = timeoutSeconds.map((seconds) => (seconds ?? 0) + ABOVE_TIMEOUT_SECONDS);
  const deployTimeoutMs = Math.max(definition.deployTimeoutSeconds, ...own) * 1000;
  // The app settles first, then come a hook before and one after.
  const restoreTimeoutMs = deployTimeoutMs + 2 * HOOK_TIMEOUT_MS + SNAPSHOT_TIMEOUT_MS;
  return {
    deployTimeoutMs,
    restoreTimeoutMs,
    backupTimeoutMs: definition.backup.attempts * restoreTimeoutMs,
    httpTimeoutMs: definition.httpTimeoutSeconds * 1000,
    steadyMs: definition.steadySeconds * 1000,
  };
}

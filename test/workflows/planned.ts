import type { PlannedDependency } from '../../domain/plan.ts';

/** A dependency as `prepare` would have planned it. */
export function plannedDependency(recipe: string, ...deps: string[]): PlannedDependency {
  return {
    recipe,
    source: `/srv/${recipe}`,
    version: { tag: '1.0.0+1.0', commit: '2'.repeat(40), chaos: false },
    images: [`${recipe}:1`],
    deps,
    limits: {
      deployTimeoutMs: 60_000,
      httpTimeoutMs: 10_000,
      steadyMs: 1000,
      backupTimeoutMs: 60_000,
      restoreTimeoutMs: 60_000,
    },
  };
}

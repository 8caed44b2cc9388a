import { z } from 'zod';
import { CodedError } from './errors.ts';
import { recipeNameSchema } from './ids.ts';

/** A recipe of a dependency graph with what it needs itself. */
export interface GraphNode {
  readonly recipe: string;
  readonly deps: readonly string[];
}

/**
 * The recipes that must be there before `recipe`, its own left out: each once, each behind all that it needs, in an order
 * that the names alone determine.
 * @param nodes what every recipe needs that can be reached from `recipe`, itself included
 * @throws CodedError `E_RECIPE_FOLDER` that names the cycle, as `a → b → a`
 */
export function orderDependencies(recipe: string, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const graph = new Map(nodes.map((node) => [node.recipe, node]));
  const ordered: GraphNode[] = [];
  const visit = (name: string, path: readonly string[]) => {
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' → ');
      throw new CodedError('E_RECIPE_FOLDER', `deps: recipes need each other: ${cycle}`);
    }
    if (ordered.some((node) => node.recipe === name)) return;
    const node = graph.get(name);
    if (!node) throw new Error(`the graph has no ${name}`);
    for (const needed of node.deps.toSorted()) visit(needed, [...path, name]);
    ordered.push(node);
  };
  visit(recipe, []);
  return ordered.slice(0, -1);
}

/** What became of a dependency; as it stands in the results. */
export const dependencyResultSchema = z.object({
  recipe: recipeNameSchema,
  domain: z.string(),
  /** Version tag that was deployed. */
  version: z.string(),
  /** Somebody keeps it for all runs: it was not deployed by this one. */
  warm: z.boolean(),
  ready: z.boolean(),
  /** Code and reason of what kept it from being ready. */
  code: z.string().optional(),
  reason: z.string().optional(),
  durationMs: z.number().nonnegative(),
});
export type DependencyResult = z.infer<typeof dependencyResultSchema>;

/** Why specs that need the dependencies cannot verify anything; undefined when all are ready. */
export function unreadiness(dependencies: readonly DependencyResult[]): string | undefined {
  const unready = dependencies.filter(({ ready }) => !ready);
  if (unready.length === 0) return undefined;
  return unready
    .map(({ recipe, reason = 'no reason given' }) => `${recipe} is not ready: ${reason}`)
    .join('; ');
}

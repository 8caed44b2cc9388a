import type { LintFinding } from '../domain/lint/finding.ts';
import { lintTree } from '../domain/lint/lint-tree.ts';
import type { RecipeTree } from '../domain/lint/recipe-tree.ts';
import type { Version } from '../domain/plan.ts';
import { settingsOf } from './apps.ts';
import type { HostDependencies } from './host-dependencies.ts';
import type { HostActivities } from './types.ts';
import { whileReading } from './while-reading.ts';

/**
 * Judges the head with the rules of the linter, and what has changed since the version to upgrade from. Creates nothing;
 * resolves with at most 100 findings, errors first, which the log of the stage has as well.
 */
export function lintRecipe(
  deps: HostDependencies,
  input: Parameters<HostActivities['lintRecipe']>[0],
): Promise<readonly LintFinding[]> {
  return whileReading(deps, input, 'lint', async (operation, app) => {
    const read = async (version: Version): Promise<RecipeTree> =>
      deps.platform.readRecipe(operation, app, version, await settingsOf(deps, input.recipe, version));
    const head = await read({ commit: input.head, chaos: true });
    const findings = lintTree(head, input.base && (await read(input.base)));
    for (const { id, severity, file, line, message } of findings)
      operation.log(`${severity} ${id} ${file}:${line}: ${message}`);
    operation.progress(`${app.recipe}: ${findings.length} findings`);
    return findings;
  });
}

import { BACKUP_RULES } from './backup-rules.ts';
import { ENV_RULES } from './env-rules.ts';
import type { LintFinding } from './finding.ts';
import { HOOK_RULES } from './hook-rules.ts';
import { INGRESS_RULES } from './ingress-rules.ts';
import { NAME_RULES } from './name-rules.ts';
import type { RecipeTree } from './recipe-tree.ts';
import { applyRule, createLintInput, MAX_FINDINGS, type LintRule } from './rule.ts';
import { SERVICE_RULES } from './service-rules.ts';
import { ABRA_RULES, SOURCE_RULES } from './source-rules.ts';
import { SWITCH_RULES } from './switch-rules.ts';
import { VOLUME_RULES } from './volume-rules.ts';

/** All rules, in the order of docs/lint.md. */
export const LINT_RULES: readonly LintRule[] = [
  ...SERVICE_RULES,
  ...INGRESS_RULES,
  ...NAME_RULES,
  ...VOLUME_RULES,
  ...BACKUP_RULES,
  ...SWITCH_RULES,
  ...HOOK_RULES,
  ...ENV_RULES,
  ...SOURCE_RULES,
  ...ABRA_RULES,
];

/**
 * What the rules object to in a version of a recipe, errors first, at most 100. With the version to upgrade from, also
 * what an upgrade would stumble over.
 */
export function lintTree(tree: RecipeTree, base?: RecipeTree): readonly LintFinding[] {
  const input = createLintInput(tree, base);
  const findings = LINT_RULES.flatMap((rule) => applyRule(rule, input));
  const ordered = ['error', 'warning'].flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  return ordered.slice(0, MAX_FINDINGS);
}

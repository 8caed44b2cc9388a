import type { ComposeService } from '../compose.ts';
import type { StackPath } from '../policy-context.ts';
import { createSourceMap, type LocateSource, type SourcePlace } from '../source-map.ts';
import { parseSources, type ParsedSource } from './compose-source.ts';
import type { LintFinding } from './finding.ts';
import type { RecipeTree } from './recipe-tree.ts';

/** Something a rule objects to, at a place of a file or where a path of the rendered stack comes from. */
export interface Problem {
  readonly at: SourcePlace | { readonly path: StackPath; readonly hints?: readonly string[] };
  readonly message: string;
}

export interface LintInput {
  readonly tree: RecipeTree;
  /** The version to upgrade from, rendered for the same app. */
  readonly base: RecipeTree | undefined;
  readonly sources: readonly ParsedSource[];
  readonly locate: LocateSource;
  /** Services of the rendered stack; none when it could not be rendered. */
  readonly services: readonly (readonly [string, ComposeService])[];
}

export interface LintRule {
  readonly id: string;
  readonly severity: LintFinding['severity'];
  /** What the rule objects to, in one sentence for docs/lint.md. */
  readonly what: string;
  readonly remedy: string;
  readonly check: (input: LintInput) => readonly Problem[];
}

const MAX_MESSAGE = 200;
/** Of all rules together; more would not be read, and places are dear to find. */
export const MAX_FINDINGS = 100;

export function createLintInput(tree: RecipeTree, base?: RecipeTree): LintInput {
  return {
    tree,
    base,
    sources: parseSources(tree.compose),
    locate: createSourceMap(tree.compose, tree.env),
    services: Object.entries(tree.stack?.services ?? {}),
  };
}

/** What the rule finds, with file and line; at most 100. */
export function applyRule(rule: LintRule, input: LintInput): LintFinding[] {
  const problems = rule.check(input).slice(0, MAX_FINDINGS);
  return problems.map(({ at, message }) => ({
    id: rule.id,
    severity: rule.severity,
    ...placeOf(at, input.locate),
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message,
    remedy: rule.remedy,
  }));
}

function placeOf(at: Problem['at'], locate: LocateSource): SourcePlace {
  return 'path' in at ? locate(at.path, at.hints) : { file: at.file, line: at.line };
}

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTree } from '../../../activities/platform/swarm/read-recipe.ts';
import type { LintFinding } from '../../../domain/lint/finding.ts';
import { lintTree } from '../../../domain/lint/lint-tree.ts';
import type { RecipeTag, RecipeTree } from '../../../domain/lint/recipe-tree.ts';
import { FIXTURE_APP } from '../support/examine-fixture.ts';
import { findRenderer, plainRunner } from '../support/renderer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface RecipeText {
  readonly compose: string;
  /** Added to a sample that is complete for the compose files below. */
  readonly sample?: string;
  /** Further files by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly tags?: readonly RecipeTag[];
  /** What the reviewed recipe folder sets. */
  readonly env?: Readonly<Record<string, string>>;
}

const SAMPLE = 'TYPE=hostile\nDOMAIN=hostile.example.com\nLETS_ENCRYPT_ENV=production\n';
const root = temporaryFolder();

/** The recipe as the linter sees it: written to a folder, read and rendered by the real code. */
export function recipeTree({
  compose,
  sample,
  files = {},
  tags = [],
  env = {},
}: RecipeText): Promise<RecipeTree> {
  const treeDir = mkdtempSync(join(root, 'tree-'));
  const all = { 'compose.yml': compose, '.env.sample': `${SAMPLE}${sample ?? ''}`, ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(treeDir, name)), { recursive: true });
    writeFileSync(join(treeDir, name), text);
  }
  return readFolder(treeDir, tags, env);
}

export function readFolder(
  treeDir: string,
  tags: readonly RecipeTag[] = [],
  env: Readonly<Record<string, string>> = {},
  app = FIXTURE_APP,
): Promise<RecipeTree> {
  return readTree({ treeDir, app, settings: { env }, tags, renderer: findRenderer(), run: plainRunner() });
}

/** Findings of one rule as `file:line`, or of all as `id file:line`. */
export async function lint(recipe: RecipeText, id?: string): Promise<string[]> {
  return places(lintTree(await recipeTree(recipe)), id);
}

export function places(findings: readonly LintFinding[], id?: string): string[] {
  return findings
    .filter((finding) => id === undefined || finding.id === id)
    .map((finding) => `${id === undefined ? `${finding.id} ` : ''}${finding.file}:${finding.line}`);
}

/** A compose file of services given as YAML, each indented by two; objects of the stack follow. */
export function composeOf(services: string, rest = ''): string {
  return `version: '3.8'\nservices:\n${services}${rest}`;
}

/** An `app` against which no rule has anything; further lines continue its `deploy.labels`. Starts on line 3, labels on 8. */
export function faultlessApp(labels = ''): string {
  return `  app:
    image: nginx:1.28.0
    healthcheck: { test: ['CMD', 'true'] }
    deploy:
      update_config: { failure_action: rollback }
      labels:
        - 'traefik.enable=true'
${labels}`;
}

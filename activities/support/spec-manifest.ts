import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { STAGES, type Stage } from '../../domain/stages.ts';
import { isErrno } from './errno.ts';
import { stageOfSpec, type LoadedRecipe } from './load-recipe.ts';
import type { Operation } from './operation.ts';

const GIT_MS = 30_000;
/** What git ends with where there is no repository. */
const NO_REPOSITORY = 128;

/** `recipes/manifest.json` of a packaged copy, which has no git: the spec files, relative to the recipes folder. */
const manifestSchema = z.strictObject({ version: z.literal(1), specs: z.array(z.string()) });

/** Spec files that must exist, relative to the recipes folder; undefined where nothing says what is expected. */
type Expected = readonly string[] | undefined;

/** Stages of a recipe for which there are specs on disk, or should be: a lost spec file must not take its stage along. */
export async function stagesWithSpecs(
  operation: Operation,
  checkout: string,
  { definition: { name }, specs }: LoadedRecipe,
): Promise<Stage[]> {
  const expected = (await expectedSpecs(operation, checkout, name)) ?? [];
  return STAGES.filter((stage) => specs.includes(stage) || expected.some((file) => isOf(stage, file)));
}

/**
 * What is wrong with the spec files of a stage before any of them runs: one that git tracks is missing, one is a copy of
 * another (spec R-42), or one would not wait for its turn. Changed and new files are fine: somebody is working on them.
 */
export async function faultOfSpecFiles(
  operation: Operation,
  checkout: string,
  { recipe, stage }: { readonly recipe: LoadedRecipe; readonly stage: Stage },
): Promise<string | undefined> {
  const { name } = recipe.definition;
  const expected = await expectedSpecs(operation, checkout, name);
  if (!expected)
    operation.log('specs are not compared with a manifest: neither git nor recipes/manifest.json');
  const own = recipe.specFiles.get(stage) ?? [];
  const missing = (expected ?? []).filter((file) => isOf(stage, file) && !own.includes(file));
  if (missing.length > 0) return `tracked spec ${missing.join(', ')} is missing`;
  const contents = await readSpecs(join(checkout, 'recipes'), [...recipe.specFiles.values()].flat());
  return foreignTest(contents, own) ?? duplicateOf(contents, own);
}

function isOf(stage: Stage, file: string): boolean {
  return stageOfSpec(file.slice(file.indexOf('/') + 1)) === stage;
}

async function readSpecs(folder: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const read = async (file: string) => [file, await readFile(join(folder, file), 'utf8')] as const;
  return new Map(await Promise.all(files.map(read)));
}

const FOREIGN_TEST = /^\s*import\s+(?!type\b)[^;'"]*['"](@playwright\/test|playwright\/test)['"]/m;

/** Tests of Playwright's own know nothing of the app, and would begin before it is their turn. */
function foreignTest(contents: ReadonlyMap<string, string>, own: readonly string[]): string | undefined {
  const file = own.find((one) => FOREIGN_TEST.test(contents.get(one) ?? ''));
  return file && `${file} takes test from @playwright/test; expected fixtures.ts`;
}

function duplicateOf(contents: ReadonlyMap<string, string>, own: readonly string[]): string | undefined {
  const byContent = new Map<string, string>();
  // Those of the stage last, so that a copy of another stage's file is found as well.
  for (const file of [...[...contents.keys()].filter((one) => !own.includes(one)), ...own]) {
    const content = contents.get(file) ?? '';
    const first = byContent.get(content);
    if (first !== undefined && own.includes(file)) return `duplicate: ${file} is a copy of ${first}`;
    byContent.set(content, file);
  }
  return undefined;
}

async function expectedSpecs(operation: Operation, checkout: string, recipe: string): Promise<Expected> {
  // The checkout may belong to another user than the worker; nothing is asked that would run its hooks.
  const git = ['git', '-c', 'safe.directory=*', '-C', checkout] as const;
  const options = { timeoutMs: GIT_MS, quiet: true };
  const place = await operation.run([...git, 'rev-parse', '--show-prefix'], {
    ...options,
    quietErrors: true,
    accept: [0, NO_REPOSITORY],
  });
  // A prefix: the checkout lies in the work tree of something else, which says nothing about it.
  if (place.exitCode !== 0 || place.stdout.trim() !== '') return readManifest(checkout, recipe);
  const { stdout } = await operation.run([...git, 'ls-files', '-z', '--', `recipes/${recipe}`], options);
  return specsOf(
    stdout.split('\0').map((path) => path.replace(/^recipes\//, '')),
    recipe,
  );
}

async function readManifest(checkout: string, recipe: string): Promise<Expected> {
  const path = join(checkout, 'recipes/manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new CodedError('E_RECIPE_FOLDER', `${path}: ${z.prettifyError(parsed.error)}`);
  return specsOf(parsed.data.specs, recipe);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function specsOf(files: readonly string[], recipe: string): readonly string[] {
  return files.filter((file) => file.startsWith(`${recipe}/`) && file.endsWith('.spec.ts'));
}

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadRecipe, type LoadedRecipe } from '../../activities/support/load-recipe.ts';
import { CodedError } from '../../domain/errors.ts';
import { recipeNameSchema } from '../../domain/ids.ts';
import { STAGES, type Stage } from '../../domain/stages.ts';
import type { Environment } from '../local-git.ts';
import { gitEnvironment } from '../resolve-ref.ts';
import { UserError } from '../user-error.ts';

/** What the folder of a recipe brings. */
export interface FolderFacts {
  readonly name: string;
  /** Spec files by stage, relative to the folder. */
  readonly specs: Readonly<Partial<Record<Stage, readonly string[]>>>;
  /** Version that it pins to upgrade from. */
  readonly base?: string;
  readonly marker: boolean;
  /** Stages before which it has a step of its own. */
  readonly before: readonly Stage[];
  readonly skips: readonly { readonly stage: Stage; readonly reason: string }[];
  readonly overlay: boolean;
  /** Kinds of host features that it grants. */
  readonly grants: readonly string[];
}

/** Names of the recipes that have a folder, sorted. */
export async function enrolledRecipes(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'recipes'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && recipeNameSchema.safeParse(entry.name).success)
    .map((entry) => entry.name)
    .sort();
}

/**
 * Loads the folder of a recipe.
 * @throws UserError with file and line when it is malformed
 */
export async function loadFolder(name: string, root: string): Promise<LoadedRecipe> {
  try {
    return await loadRecipe(name, root);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const [, detail = error.message] = /^[^:]*: (.*)$/s.exec(error.message) ?? [];
    const cause = `${error.code}: ${detail.replaceAll(`${root}/`, '')}`;
    throw new UserError(cause, 'Correct the file; docs/writing-recipe-tests.md explains the keys', {
      cause: error,
    });
  }
}

export function factsOf({ definition, specFiles, overlay }: LoadedRecipe): FolderFacts {
  const { name, upgrade, marker, before, skip, host } = definition;
  return {
    name,
    specs: Object.fromEntries(
      [...specFiles].map(([stage, files]) => [stage, files.map((file) => file.slice(name.length + 1))]),
    ),
    ...(upgrade.base === undefined ? {} : { base: upgrade.base }),
    marker: marker !== undefined,
    before: STAGES.filter((stage) => stage !== 'lint' && before[stage] !== undefined),
    skips: STAGES.flatMap((stage) => {
      const reason = stage === 'lint' || stage === 'install' ? undefined : skip[stage];
      return reason === undefined ? [] : [{ stage, reason }];
    }),
    overlay: overlay !== undefined,
    grants: Object.keys(host),
  };
}

/** Files of the folder that git does not know yet, relative to it; undefined where nothing says what git knows. */
export async function untrackedFiles(
  name: string,
  root: string,
  environment: Environment,
): Promise<string[] | undefined> {
  const list = ['ls-files', '--others', '--exclude-standard', '-z', '--', `recipes/${name}`];
  try {
    const { stdout } = await promisify(execFile)('git', ['-c', 'safe.directory=*', '-C', root, ...list], {
      env: gitEnvironment(environment),
    });
    const files = stdout.split('\0').filter((file) => file !== '');
    return files.map((file) => file.slice(`recipes/${name}/`.length));
  } catch {
    return undefined;
  }
}

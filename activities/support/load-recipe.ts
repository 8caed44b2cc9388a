import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { recipeNameSchema } from '../../domain/ids.ts';
import { overlaySchema, type Overlay } from '../../domain/overlay.ts';
import { recipeDefinitionSchema, type RecipeDefinition } from '../../domain/recipe.ts';
import { STAGES, stageSchema, type Stage } from '../../domain/stages.ts';
import { faultOfImport, faultOfSchema, lineOfKey, type DefinitionFault } from './definition-faults.ts';
import { isErrno } from './errno.ts';
import { importFresh } from './import-fresh.ts';

/** Checkout of the running code. */
export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

const SPEC_SUFFIX = '.spec.ts';
const DEFINITION = 'recipe.ts';
const OVERLAY = 'compose.ccci.yml';

export interface LoadedRecipe {
  readonly definition: RecipeDefinition;
  /** Absent for a recipe that is not enrolled: it gets the generic lifecycle. */
  readonly folder: string | undefined;
  /** The stages that have specs, in their order. */
  readonly specs: readonly Stage[];
  /** Spec files by stage, relative to the recipes folder, sorted. */
  readonly specFiles: ReadonlyMap<Stage, readonly string[]>;
  /** From `compose.ccci.yml`, where the folder has one. */
  readonly overlay?: Overlay;
}

/**
 * Loads `recipes/<name>/recipe.ts` and finds its specs. Without a folder the generic definition applies. A file that
 * cannot be loaded, does not fit the schema or would never run is an `E_RECIPE_FOLDER` naming the file with its line, and the key.
 */
export async function loadRecipe(name: string, checkout = CHECKOUT): Promise<LoadedRecipe> {
  const recipesFolder = join(checkout, 'recipes');
  const folder = join(recipesFolder, recipeNameSchema.parse(name));
  const files = await listFiles(folder);
  if (!files) {
    return { definition: genericDefinition(name), folder: undefined, specs: [], specFiles: new Map() };
  }
  const definition = files.includes(DEFINITION)
    ? await loadDefinition(folder, name, files)
    : genericDefinition(name);
  const specFiles = new Map<Stage, string[]>();
  for (const file of files.filter((path) => path.endsWith(SPEC_SUFFIX))) {
    const stage = stageOfSpec(file);
    if (!stage)
      throw fault(join(folder, file), `belongs to no stage; expected <stage>${SPEC_SUFFIX} or custom/…`);
    specFiles.set(stage, [...(specFiles.get(stage) ?? []), relative(recipesFolder, join(folder, file))]);
  }
  return {
    definition,
    folder,
    specs: STAGES.filter((stage) => specFiles.has(stage)),
    specFiles,
    ...(files.includes(OVERLAY) ? { overlay: await loadOverlay(join(folder, OVERLAY)) } : {}),
  };
}

/**
 * For a recipe that nobody has described: the front page must answer with something of its own. Any success counts, since
 * nothing is known of the app; redirects are followed within its host.
 */
function genericDefinition(name: string): RecipeDefinition {
  return recipeDefinitionSchema.parse({ name, health: { status: [200, 201, 202, 203, 204, 206] } });
}

async function loadDefinition(
  folder: string,
  name: string,
  files: readonly string[],
): Promise<RecipeDefinition> {
  const text = await readFile(join(folder, DEFINITION), 'utf8');
  let module: unknown;
  try {
    const modules = files.filter((file) => file.endsWith('.ts') && !file.endsWith(SPEC_SUFFIX));
    module = await importFresh(folder, DEFINITION, modules);
  } catch (error) {
    throw definitionFault(
      folder,
      error instanceof z.ZodError
        ? faultOfSchema(error, DEFINITION, text)
        : faultOfImport(error, folder, DEFINITION, text),
      error,
    );
  }
  const parsed = z.object({ recipe: recipeDefinitionSchema }).safeParse(module);
  if (!parsed.success) throw definitionFault(folder, faultOfSchema(parsed.error, DEFINITION, text));
  const { recipe } = parsed.data;
  if (recipe.name === name) return recipe;
  const message = `name: is ${recipe.name}, but the folder is called ${name}`;
  throw definitionFault(folder, { file: DEFINITION, line: lineOfKey(text, ['name']), message });
}

function definitionFault(
  folder: string,
  { file, line, message }: DefinitionFault,
  cause?: unknown,
): CodedError {
  return fault(`${join(folder, file)}:${line}`, message, cause);
}

async function loadOverlay(file: string): Promise<Overlay> {
  let content: unknown;
  try {
    content = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw fault(file, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = overlaySchema.safeParse(content);
  if (!parsed.success) throw fault(file, explain(parsed.error));
  return parsed.data;
}

function explain(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'export'}: ${issue.message}`).join('; ');
}

function fault(file: string, what: string, cause?: unknown): CodedError {
  return new CodedError('E_RECIPE_FOLDER', `${file}: ${what}`, { cause });
}

/** The stage to which a spec file belongs by its path below the folder of its recipe. */
export function stageOfSpec(file: string): Stage | undefined {
  const [first = ''] = file.split(sep);
  const stage = file.includes(sep) ? first : first.slice(0, -SPEC_SUFFIX.length);
  // Only custom specs may be sorted into folders; `install/x.spec.ts` would be an unexpected place to look.
  if (file.includes(sep) && stage !== 'custom') return undefined;
  return stageSchema.safeParse(stage).data;
}

/** All files below a folder, relative to it and sorted; undefined when there is no such folder. */
async function listFiles(folder: string): Promise<string[] | undefined> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

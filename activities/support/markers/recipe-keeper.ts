import { CodedError } from '../../../domain/errors.ts';
import type { RecipeMarker } from '../../../domain/recipe-context.ts';
import { callRecipe } from '../recipe-context.ts';
import type { MarkerKeeper, MarkerTools, Try } from './marker-tools.ts';

/** The marker that the functions of recipe.ts keep; `original` is the value that it has outside of a probe. */
export function recipeKeeper(
  { operation, recipeContext }: MarkerTools,
  functions: RecipeMarker,
  original: string,
): MarkerKeeper {
  const call = <T>(name: keyof RecipeMarker, body: () => Promise<T>) =>
    callRecipe(operation, 'E_MARKER', `marker.${name}`, body);
  const write = (value: string) => call('write', () => functions.write(recipeContext(value)));
  const read = (value: string) => call('read', () => functions.read(recipeContext(value)));
  return {
    write: (value) => attempt(() => write(value), 'it was written'),
    read: async (value) => {
      try {
        const found = await read(value);
        if (found === undefined) return { state: 'absent', detail: 'the app holds none', transient: false };
        const detail = `the app holds ${JSON.stringify(found.slice(0, 100))}`;
        return { state: found === value ? 'original' : 'other', detail, transient: false };
      } catch (error) {
        return { state: 'other', detail: faultOf(error), transient: true };
      }
    },
    destroy: () =>
      attempt(() => call('destroy', () => functions.destroy(recipeContext(original))), 'it was destroyed'),
    probe: async (value) => {
      let found: string | undefined;
      const tried = await attempt(async () => {
        await write(value);
        found = await read(value);
        await write(original);
      }, 'a fresh value was written and read back');
      if (!tried.ok || found === value) return tried;
      return { ok: false, detail: `a fresh value was written, but the app holds ${JSON.stringify(found)}` };
    },
  };
}

async function attempt(body: () => Promise<unknown>, done: string): Promise<Try> {
  try {
    await body();
    return { ok: true, detail: done };
  } catch (error) {
    return { ok: false, detail: faultOf(error) };
  }
}

/** The message of what a function of the recipe threw; anything else goes on its way. */
function faultOf(error: unknown): string {
  if (error instanceof CodedError && error.code === 'E_MARKER') return error.message;
  throw error;
}

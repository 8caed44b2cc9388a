import {
  recipeDefinitionSchema,
  type RecipeDefinition,
  type RecipeDefinitionInput,
} from '../domain/recipe.ts';

/**
 * Defines a recipe: `export const recipe = defineRecipe({ name: … })` in `recipes/<name>/recipe.ts`. The types help while
 * writing; unknown keys and wrong values are refused with their path when the file is loaded.
 */
export function defineRecipe(input: RecipeDefinitionInput): RecipeDefinition {
  return recipeDefinitionSchema.parse(input);
}

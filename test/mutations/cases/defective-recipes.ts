import type { Defect } from '../case.ts';

export const defectiveRecipes: readonly Defect[] = [
  {
    name: 'the head renames the volume, and with it the data is gone',
    recipe: 'custom-html',
    recipeChange: (tree) => {
      tree.replace('head', 'compose.yml', 'content:/usr', 'pages:/usr');
      tree.replace('head', 'compose.yml', '\n  content:\n', '\n  pages:\n');
    },
    stage: 'upgrade',
    class: 'recipe',
    code: 'E_DATA_LOST',
  },
];

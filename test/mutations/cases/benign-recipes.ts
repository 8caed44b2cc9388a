import type { Benign } from '../case.ts';

export const benignRecipes: readonly Benign[] = [
  { name: 'nothing is changed in the recipe with files', recipe: 'custom-html' },
  { name: 'nothing is changed in the recipe with PostgreSQL', recipe: 'notes-postgres' },
  { name: 'nothing is changed in the recipe with MariaDB', recipe: 'notes-mariadb' },
  { name: 'nothing is changed in the stateless recipe', recipe: 'greeter' },
];

import type { Command } from 'commander';
import { helpAfter } from './help.ts';
import { addRecipeCheck } from './recipe-check.ts';
import { addRecipeInit } from './recipe-init.ts';

export function addRecipe(program: Command): void {
  const command = program.command('recipe').description('write or check the folder of a recipe');
  addRecipeInit(command);
  addRecipeCheck(command);
  helpAfter(command, {
    examples: [
      [
        'cc-ci recipe init my-app --source ../my-app',
        'write recipes/my-app/ from the compose files of a checkout',
      ],
      ['cc-ci recipe check my-app', 'load it, check its types, and list what would run'],
    ],
    exits: 'checks',
  });
}

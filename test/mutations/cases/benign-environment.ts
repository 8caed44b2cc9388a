import type { Benign } from '../case.ts';
import { recipeFile } from './benign-parts.ts';

export const benignEnvironment: readonly Benign[] = [
  {
    name: 'the sample has the line ends of Windows',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.write('base', '.env.sample', tree.read('base', '.env.sample').replaceAll('\n', '\r\n')),
  },
  {
    name: 'a value is not in ASCII',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('base', '.env.sample', 'GREETING=Hello', 'GREETING="Grüß Gott – こんにちは ✓"'),
  },
  {
    name: 'a value has quotes, a hash, an equals sign and a backslash',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replace('base', '.env.sample', 'GREETING=Hello', `GREETING='Say "a=b" #1 \\o/' # as in a song`),
  },
  {
    name: 'addresses of IPv6 stand in the environment',
    recipe: 'greeter',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'compose.yml',
        '      - GREETING=',
        '      - LISTEN=[::]:8000\n      - UPSTREAM=http://[2001:db8::1]:8080/\n      - GREETING=',
      ),
  },
  {
    name: 'the sample sets a further host name of the site',
    recipe: 'greeter',
    recipeChange: (tree) => tree.replace('base', '.env.sample', '#EXTRA_DOMAINS', 'EXTRA_DOMAINS'),
  },
  {
    name: 'the sample names more compose files by adding to the first',
    recipe: 'notes-mariadb',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        '.env.sample',
        'COMPOSE_FILE="compose.yml:compose.mariadb.yml"',
        'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.mariadb.yml"',
      ),
  },
  {
    name: 'the head has a variable more, with a default',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.replace(
        'head',
        'compose.yml',
        '      - GREETING=',
        '      - FOOTER=${FOOTER:-}\n      - GREETING=',
      );
      tree.write('head', '.env.sample', `${tree.read('base', '.env.sample')}\n## Last line\n#FOOTER=Bye\n`);
    },
  },
  {
    name: 'the recipe folder sets a variable to the domain',
    recipe: 'greeter',
    folder: {
      'recipe.ts': recipeFile(
        'greeter',
        "env: { GREETING: 'Welcome to {domain}' }, health: { contains: 'Welcome to gree-' }",
      ),
    },
  },
];

import type { Benign } from '../case.ts';
import { customHtmlFile, recipeFile } from './benign-parts.ts';

export const benignRecipes: readonly Benign[] = [
  { name: 'nothing is changed in the recipe with files', recipe: 'custom-html' },
  { name: 'nothing is changed in the recipe with PostgreSQL', recipe: 'notes-postgres' },
  { name: 'nothing is changed in the recipe with MariaDB', recipe: 'notes-mariadb' },
  { name: 'nothing is changed in the stateless recipe', recipe: 'greeter' },
  {
    name: "the base's tag has an underscore and a dash behind the plus",
    recipe: 'greeter',
    recipeChange: (tree) => tree.retagBase('1.0.0+2024.06-social_amd64'),
  },
  {
    name: "the base's tag has a v and a build number behind the plus",
    recipe: 'greeter',
    recipeChange: (tree) => tree.retagBase('1.0.0+v1.6.870-0'),
  },
  {
    name: 'there are tags that are no versions, newer than the newest version',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.insertTagged('nightly', 'docs/nightly.md', 'Built every night.\n');
      tree.insertTagged('v9.9.9', 'docs/upstream.md', 'Version 9.9.9 of upstream.\n');
      tree.insertTagged('9.9.9', 'docs/plain.md', 'A version without the one of upstream.\n');
    },
  },
  {
    name: 'nothing has been published yet, so there is no base',
    recipe: 'greeter',
    recipeChange: (tree) => tree.unpublish(),
  },
  {
    name: 'the head changes nothing but a page of documentation',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.write('head', 'compose.yml', tree.read('base', 'compose.yml'));
      tree.remove('head', 'release/next');
      tree.write('head', 'docs/operating.md', 'Nothing to know.\n');
    },
  },
  {
    name: 'the head changes nothing but the tag of the image',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.write('head', 'compose.yml', tree.read('base', 'compose.yml'));
      tree.replace('head', 'compose.yml', 'coopcloud/notes:1.0.0', 'coopcloud/notes:1.1.0');
      tree.remove('head', 'release/next');
    },
  },
  {
    name: 'comments, the README and names of files are not in ASCII',
    recipe: 'greeter',
    recipeChange: (tree) => {
      tree.write('head', 'docs/Überblick für Eilige – 概要.md', 'Grüße aus Zürich, 東京 und Ελλάδα ✓\n');
      tree.write('head', 'README.md', `${tree.read('base', 'README.md')}\nGrüße – ここ\n`);
      tree.replace('head', 'compose.yml', 'services:\n', '# Dienste („services“) – 服务 ✓\nservices:\n');
    },
  },
  {
    name: 'the recipe folder pins an older base',
    recipe: 'custom-html',
    folder: { 'recipe.ts': customHtmlFile("upgrade: { base: '1.10.0+1.28.0' }") },
  },
  {
    name: 'the recipe folder asks the app for its version, which it tells in a body',
    recipe: 'greeter',
    folder: {
      'recipe.ts': recipeFile('greeter', `version: { path: '/version', pattern: '"version": "([^"]+)"' }`),
    },
  },
  {
    name: 'the recipe folder has a probe of a port and one of a command',
    recipe: 'greeter',
    folder: {
      'recipe.ts': recipeFile(
        'greeter',
        "ready: [{ kind: 'tcp', service: 'app', port: 8000 }, { kind: 'exec', service: 'app', command: ['true'] }]",
      ),
    },
  },
];

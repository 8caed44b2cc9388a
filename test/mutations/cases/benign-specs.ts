import type { Benign } from '../case.ts';
import { customHtmlFile } from './benign-parts.ts';

const GREETING = `
test('greets', async ({ http }) => {
  const answer = await http.get('/');
  expect(answer.status).toBe(200);
  expect(answer.text()).toContain('<h1>Hello</h1>');
});
`;
const importing = (path: string) => `import { expect, test } from '${path}fixtures.ts';\n`;

export const benignSpecs: readonly Benign[] = [
  {
    name: 'specs lie in folders below custom',
    recipe: 'greeter',
    folder: {
      'custom/pages/front/greeting.spec.ts': `${importing('../../../../')}${GREETING}`,
      'custom/version.spec.ts': `${importing('../../')}
test('tells a version', async ({ http }) => {
  expect((await http.get('/version')).json()).toHaveProperty('version');
});
`,
    },
  },
  {
    name: 'a new spec that git does not know yet stands beside the others',
    recipe: 'custom-html',
    folder: {
      'custom/new/robots.spec.ts': `${importing('../../../')}
test('has no robots.txt yet', async ({ probe }) => {
  expect((await probe.http('/robots.txt')).status).toBe(404);
});
`,
    },
  },
  {
    name: 'a spec is slow, in a group, and uses a module of its own',
    recipe: 'greeter',
    folder: {
      'wait.ts': 'export const wait = () => new Promise((resolve) => setTimeout(resolve, 5000));\n',
      'install.spec.ts': `${importing('../')}import { wait } from './wait.ts';

test.describe('after a while', () => {
  test.beforeEach(wait);
${GREETING}
  test('is another test in the same group', { annotation: { type: 'note', description: 'short' } }, async ({ app }) => {
    expect(app.url).toContain(app.domain);
  });
});
`,
    },
  },
  {
    name: 'every stage has a spec, and there is no recipe.ts',
    recipe: 'greeter',
    folder: Object.fromEntries(
      ['install', 'upgrade', 'custom/use', 'custom/again'].map((name) => [
        `${name}.spec.ts`,
        `${importing(name.includes('/') ? '../../' : '../')}${GREETING.replace('greets', `greets, in ${name}`)}`,
      ]),
    ),
  },
  {
    name: 'the recipe folder has a step before every stage',
    recipe: 'custom-html',
    folder: {
      'recipe.ts': customHtmlFile(`before: {
  install: async ({ log }) => log('before the install'),
  upgrade: async ({ exec }) => { await exec('app', ['true']); },
  backup: async ({ http }) => { await http('/'); },
  restore: async ({ domain, log }) => log(domain),
  custom: async ({ exec }) => { await exec('app', ['sh', '-c', 'cat >/tmp/before'], { input: 'x' }); },
}`),
    },
  },
  {
    name: 'the recipe folder skips the backup with a reason',
    recipe: 'custom-html',
    folder: {
      'recipe.ts': customHtmlFile("skip: { backup: 'the backup of this recipe is tested elsewhere' }"),
    },
  },
  {
    name: 'the health path answers 204 without a body',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'nginx.conf',
        '    location = /healthz {',
        '    location = /ready {\n        return 204;\n    }\n\n    location = /healthz {',
      ),
    folder: { 'recipe.ts': customHtmlFile("health: { path: '/ready', status: [204] }") },
  },
  {
    name: 'the health path redirects within the host',
    recipe: 'custom-html',
    recipeChange: (tree) =>
      tree.replaceInBoth(
        'nginx.conf',
        '    location = /healthz {',
        '    location = /start {\n        return 302 /;\n    }\n\n    location = /healthz {',
      ),
    folder: { 'recipe.ts': customHtmlFile("health: { path: '/start', contains: 'Welcome to nginx!' }") },
  },
];

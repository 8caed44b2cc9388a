import type { ServiceSketch } from './sketch.ts';

const STORES = {
  postgres: 'PostgreSQL',
  mysql: 'MariaDB or MySQL',
  cache: 'a cache',
  other: 'a data store',
} as const;

/** Files of a first folder for a recipe, by their path in it: they load, type-check and format as they are. */
export function draftFolder(
  name: string,
  services: readonly ServiceSketch[],
  source: string | undefined,
): ReadonlyMap<string, string> {
  return new Map([
    ['recipe.ts', draftDefinition(name, services, source)],
    ['install.spec.ts', INSTALL_SPEC],
    // The custom stage wants two specs at least.
    ['custom/browser.spec.ts', BROWSER_SPEC],
    ['custom/unknown-address.spec.ts', UNKNOWN_ADDRESS_SPEC],
  ]);
}

const INSTALL_SPEC = `import { expect, isIngressNotFound, test } from '../fixtures.ts';

test('answers at its front page with something of its own', async ({ http }) => {
  const answer = await http.get('/');
  // A redirect to a login or a setup page is an answer too; what the ingress says for an unknown host is none.
  expect(isIngressNotFound(answer)).toBe(false);
  expect(answer.status).toBeLessThan(400);
});
`;

const BROWSER_SPEC = `import { expect, gotoWithRetry, test } from '../../fixtures.ts';

test('shows its front page in a browser without errors', async ({ app, page, consoleErrors }) => {
  await gotoWithRetry(page, app.url);
  // Any text at all; a heading or a form that only this app has says more.
  await expect(page.locator('body')).toContainText(/\\S/);
  expect(consoleErrors).toEqual([]);
});
`;

const UNKNOWN_ADDRESS_SPEC = `import { randomUUID } from 'node:crypto';
import { expect, isIngressNotFound, test } from '../../fixtures.ts';

test('answers for an address that it does not know, and does not break', async ({ http }) => {
  const answer = await http.get(\`/\${randomUUID()}\`);
  expect(isIngressNotFound(answer)).toBe(false);
  expect(answer.status).toBeLessThan(500);
});
`;

function draftDefinition(
  name: string,
  services: readonly ServiceSketch[],
  source: string | undefined,
): string {
  const own =
    source === undefined ? '' : `\n  /** Where the recipe lives. */\n  source: ${quoted(source)},\n`;
  return `import { defineRecipe } from '../define.ts';

/**
 * What the compose files say:
 *
${services.map((service) => ` * - ${describeService(service)}`).join('\n')}
 *
 * ${describeData(services)}
 *
 * Keys that are commented out have their default; docs/writing-recipe-tests.md explains each.
 */
export const recipe = defineRecipe({
  name: ${quoted(name)},
${own}
  /** What the app answers at its public hostname once it is ready; redirects are followed within the hostname. */
  health: {
    path: '/',
    status: [200],
    // A status alone is answered by placeholders too.
    // contentType: 'text/html',
    // contains: 'a text that only this app shows',
  },

  /** Added to the env file of the app; \`{domain}\` stands for its domain. */
  // env: { LOG_LEVEL: 'debug' },

  /** Recipes that must be ready first; users sign in through one of them; what the app needs to know of them. */
  // deps: ['keycloak'],
  // sso: { provider: 'keycloak', redirectPaths: ['/oauth/callback'] },
  // wire: ({ sso }) => ({ env: { OIDC_ISSUER: sso?.issuer ?? '' }, secrets: {} }),

  /** Readiness beyond HTTP. */
  // ready: [{ kind: 'tcp', service: 'app', port: 8080 }],

  /** Bounds in seconds: of one deploy with its convergence, and of polls at the public hostname. */
  // deployTimeoutSeconds: 900,
  // httpTimeoutSeconds: 600,

  /** For how many seconds the app must have been running when its run ends. */
  // steadySeconds: 25,

  /** MiB that all services of the app have together at the peak of a run. */
  // memoryMib: 700,

  /** Version to upgrade from, where it is not the published one before the head; variables for the head only. */
  // upgrade: { base: '1.0.0+1.0.0', env: {} },

  /** What a snapshot must hold besides what the labels promise. */
  // backup: { verify: [{ volume: 'data', path: 'backup.sql', minBytes: 100 }], attempts: 3 },

  /** Where the app tells its version. */
  // version: { path: '/', header: 'x-app-version' },

  /** Data that only this app knows how to keep: a post, an account, a page. */
  // marker: { write: async ({ exec, marker }) => {}, read: async ({ http }) => undefined, destroy: async () => {} },

  /** Run right before the operation of a stage. */
  // before: { backup: async ({ exec }) => {} },

  /** Stages that cannot run for this recipe, each with the reason that stands in the results. */
  // skip: { restore: 'why it cannot be restored' },

  /** What the policy may grant: published ports, capabilities, read-only host paths, networks, replicas. */
  // host: { ports: ['64738/udp'] },
});
`;
}

/** One line of facts about a service. */
export function describeService({
  name,
  image,
  store,
  hasHealthCheck,
  isPublic,
  volumes,
  backup,
}: ServiceSketch): string {
  const saved = backup?.paths.map(({ volume, path }) => (path === '' ? volume : `${volume}/${path}`)) ?? [];
  const hooks = backup && (backup.preHook ?? backup.restorePostHook) ? ' with hooks' : '';
  const facts = [
    image === '' ? 'no image' : image,
    ...(store ? [STORES[store]] : []),
    ...(isPublic ? ['public'] : []),
    ...(hasHealthCheck ? [] : ['no health check']),
    ...volumes.map(({ volume, target }) => `volume ${volume} at ${target}`),
    ...(backup ? [`backed up: ${saved.join(', ') || 'nothing'}${hooks}`] : []),
  ];
  return plain(`${name}: ${facts.join('; ')}`);
}

/** How the data of the app is marked without a word in recipe.ts, or that it is not. */
export function describeData(services: readonly ServiceSketch[]): string {
  const rows = services.filter(({ store }) => store === 'postgres' || store === 'mysql');
  const stores = services.filter(({ store }) => store === 'other');
  const files = services.filter(({ store, volumes }) => store === undefined && volumes.length > 0);
  const names = (some: readonly ServiceSketch[]) => some.map(({ name }) => name).join(', ');
  const marked = [
    ...(rows.length > 0 ? [`rows in the databases of ${names(rows)}`] : []),
    ...(files.length > 0 ? [`a file in every volume of ${names(files)}`] : []),
  ];
  const own = stores.length > 0 ? ` Nothing can be written into ${names(stores)}: define a marker.` : '';
  if (marked.length === 0 && stores.length === 0) return 'It keeps no data, so none is marked.';
  if (marked.length === 0) return plain(own.trim());
  return plain(`Marked without a word here: ${marked.join(', ')}.${own}`);
}

/** Text of a compose file for a comment: one line that cannot end it. */
function plain(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, '?')
    .replaceAll('*/', '* /')
    .slice(0, 400);
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}

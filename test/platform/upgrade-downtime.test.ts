import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostDependencies } from '../../activities/host-dependencies.ts';
import type { UpgradeReceipt } from '../../activities/types.ts';
import { upgradeApp } from '../../activities/upgrade.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { SETTINGS } from './contract.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';
import { tinyRecipe } from './tiny-recipe.ts';

const CONVERGE = { timeoutMs: 60_000 };
const HOST_FILE = join(import.meta.dirname, '../../.cc-ci/host.env');

let world: SwarmWorld;
beforeAll(async () => {
  world = await openSwarmWorld();
});
afterAll(() => world.close());

/** The small recipe behind the ingress of this host, with the order in which swarm replaces its tasks. */
function published(image: string, order: string) {
  const files = tinyRecipe({
    image,
    app: '    healthcheck: {test: ["CMD", "curl", "-f", "localhost"], interval: 1s}\n',
  });
  const compose = files['compose.yml']
    .replace('networks: [internal]', 'networks: [proxy]')
    .replace('networks:\n  internal:', 'networks:\n  proxy: {external: true}')
    // The page of the image and not that of an empty volume.
    .replace('volumes: ["content:/usr/share/nginx/html"]', 'volumes: ["content:/data"]')
    .replace(
      '      labels:\n',
      `      update_config: {order: ${order}}
      labels:
        - "traefik.enable=true"
        - "traefik.http.services.\${STACK_NAME}.loadbalancer.server.port=80"
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)"
        - "traefik.http.routers.\${STACK_NAME}.entrypoints=web-secure"
        - "traefik.http.routers.\${STACK_NAME}.tls=true"
`,
    );
  return { ...files, 'compose.yml': compose };
}

function hostConfig() {
  const lines = readFileSync(HOST_FILE, 'utf8').split('\n');
  const facts = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return workerConfigSchema.parse(Object.fromEntries(facts));
}

it.each([
  ['stop-first', { least: 500, most: 20_000 }],
  ['start-first', { least: 0, most: 3000 }],
])(
  'the visitors of an app are watched over the ingress through an upgrade: %s [H-18]',
  async (order, bound) => {
    const recipe = await world.recipe([
      { files: published('nginx:1.28.0', order), tags: ['1.0.0+1.28.0'] },
      { files: published('nginx:1.29.0', order) },
    ]);
    const [first = '', second = ''] = recipe.commits;
    const { environment, app } = world.environment(recipe.path);
    const base = { tag: '1.0.0+1.28.0', commit: first, chaos: false };
    const version = { commit: second, chaos: true };
    const operation = await world.operation(environment);
    await world.platform.createApp(operation, app, base, SETTINGS);
    await world.platform.deploy(operation, app, base, SETTINGS);
    await world.platform.converged(operation, app, CONVERGE);

    const deps: HostDependencies = { config: hostConfig(), paths: world.paths, platform: world.platform };
    const activity = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: 1_000_000 });
    const { deploy, downtime } = await activity.run<[], UpgradeReceipt, () => Promise<UpgradeReceipt>>(() =>
      upgradeApp(deps, { environment, app, version, ...CONVERGE }),
    );

    expect(deploy).toMatchObject({ resumed: false, services: ['app'] });
    const said = JSON.stringify(downtime);
    expect(downtime, said).toMatchObject({ mode: order, unobservedMs: 0 });
    expect(downtime.requests, said).toBeGreaterThan(40);
    expect(downtime.downtimeMs, said).toBeGreaterThanOrEqual(bound.least);
    expect(downtime.downtimeMs, said).toBeLessThan(bound.most);
    expect((await world.platform.serviceStates(app))[0]?.image).toContain('nginx:1.29.0');
  },
);

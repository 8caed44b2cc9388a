import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createSwarmPlatform } from '../../activities/platform/swarm/swarm-platform.ts';
import type { SwarmConfig } from '../../activities/platform/swarm/swarm-context.ts';
import { openGuardOperation, openOperation } from '../../activities/support/open-operation.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { appDomain, stackName } from '../../domain/ids.ts';
import type { App, Environment } from '../../domain/plan.ts';
import { makeRecipe, type MadeRecipe, type RecipeCommit } from '../fixtures/make-recipe.ts';

const exec = promisify(execFile);
const HOST_FILE = join(import.meta.dirname, '../../.cc-ci/host.env');

const hostSchema = workerConfigSchema.pick({
  CCI_DOCKER_HOST: true,
  CCI_DOCKER_BIN: true,
  CCI_RENDERER: true,
  CCI_SERVICE_VIPS: true,
  CCI_NETNS: true,
  CCI_ZONE: true,
});

/** The swarm of this clone as the tests use it, with a data folder of their own. */
export async function openSwarmWorld() {
  const lines = readFileSync(HOST_FILE, 'utf8').split('\n');
  const facts = Object.fromEntries(
    lines
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const host = hostSchema.parse(facts);
  const config: SwarmConfig = host;
  const data = await mkdtemp(join(tmpdir(), 'cci-swarm-'));
  const paths = hostPaths(join(data, 'data'));
  const platform = createSwarmPlatform(config, paths);
  /** An instance of its own: what other installations have on the daemon is not the tests' business. */
  const instance = randomUUID().slice(0, 8);
  const environments: Environment[] = [];
  let token = 0;
  let recipes = 0;

  const docker = async (...args: string[]): Promise<string> => {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', DOCKER_HOST: config.CCI_DOCKER_HOST };
    return (await exec(config.CCI_DOCKER_BIN, args, { env })).stdout.trim();
  };

  const options = (environment: Environment, signal?: AbortSignal) => ({
    environment,
    token: (token += 1),
    signal: signal ?? new AbortController().signal,
    paths,
    stage: 'install',
  });

  const world = {
    platform,
    paths,
    config,
    instance,
    data,
    docker,
    options,
    recipe: (history: readonly RecipeCommit[]): Promise<MadeRecipe> =>
      makeRecipe(join(data, 'recipes', `recipe-${(recipes += 1)}`), history),
    environment: (
      source: string,
      roles: readonly string[] = ['app'],
    ): { environment: Environment; app: App } => {
      const id = randomUUID();
      const apps = roles.map((role): App => {
        const domain = appDomain({ recipe: 'tiny', role, environmentId: id, zone: host.CCI_ZONE });
        return { role, recipe: 'tiny', source, domain, stack: stackName(domain) };
      });
      const environment = { id, runId: `run-tiny-${id.slice(0, 8)}`, instance, host: 'local', apps };
      environments.push(environment);
      return { environment, app: z.custom<App>(Boolean).parse(apps[0]) };
    },
    operation: (environment: Environment, signal?: AbortSignal) =>
      openOperation(options(environment, signal)),
    remove: async (environment: Environment): Promise<void> => {
      const { operation } = await openGuardOperation(options(environment));
      for (const app of [...environment.apps].reverse()) {
        await platform.undeploy(operation, app);
        await platform.removeData(operation, app);
      }
      await platform.removeFiles(operation);
    },
    close: async (): Promise<void> => {
      for (const environment of environments) await world.remove(environment);
      await rm(data, { recursive: true, force: true });
    },
  };
  return world;
}
export type SwarmWorld = Awaited<ReturnType<typeof openSwarmWorld>>;

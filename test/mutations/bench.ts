import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createHostActivities } from '../../activities/host-activities.ts';
import type { HostDependencies } from '../../activities/host-dependencies.ts';
import { createSwarmPlatform } from '../../activities/platform/swarm/swarm-platform.ts';
import { CHECKOUT } from '../../activities/support/load-recipe.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import { loadClientConfig } from '../../client/config.ts';
import { createDataConverter } from '../../codec/data-converter.ts';
import { runId } from '../../domain/ids.ts';
import type { RunInput } from '../../domain/plan.ts';
import { DECISIONS_QUEUE, hostPoolId, hostQueue } from '../../domain/queues.ts';
import type { Results } from '../../domain/results.ts';
import { STAGES } from '../../domain/stages.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import type { recipeRun } from '../../workflows/recipe-run.ts';
import { fixtureGit } from '../fixtures/fixture-git.ts';
import { buildRecipe, FIXTURE_RECIPES } from '../fixtures/recipes/build.ts';
import type { Mutation } from './case.ts';
import { RecipeTree } from './recipe-tree.ts';

const DEADLINE_MS = 10 * 60_000;
/** Seconds since 1970 of the review of a checkout; git takes no dates near the beginning of that. */
const REVIEWED_AT = Date.UTC(2025, 0, 1) / 1000;

/**
 * Runs mutations on the real stack of this clone: its Temporal, its workflow workers, its Swarm and Traefik. Only the host
 * worker is ours, one for each lane, because some mutations are of the worker's own parts.
 */
export class Bench {
  private readonly base = loadWorkerConfig();
  private readonly connection: NativeConnection;
  private readonly client: Client;
  private readonly scratch: string;
  private readonly hosts: string[];

  private constructor(connection: NativeConnection, client: Client, scratch: string, lanes: number) {
    this.connection = connection;
    this.client = client;
    this.scratch = scratch;
    this.hosts = Array.from({ length: lanes }, () => `mutations-${randomUUID().slice(0, 8)}`);
  }

  static async open(lanes: number): Promise<Bench> {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
    const {
      CCI_TEMPORAL_ADDRESS: address,
      CCI_TEMPORAL_NAMESPACE: namespace,
      CCI_KEYS_FILE,
    } = loadWorkerConfig();
    const client = new Client({
      connection: await Connection.connect({ address }),
      namespace,
      dataConverter: createDataConverter(CCI_KEYS_FILE),
    });
    const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-mutations-'));
    return new Bench(await NativeConnection.connect({ address }), client, scratch, lanes);
  }

  /** Runs the whole lifecycle in a mutated world. At most as many at once as there are lanes. */
  async run(mutation: Mutation): Promise<Results> {
    const host = this.hosts.pop();
    if (host === undefined) throw new Error('more mutations at once than lanes');
    const folder = await mkdtemp(join(this.scratch, 'case-'));
    try {
      return await this.runOn(host, folder, mutation);
    } finally {
      this.hosts.push(host);
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    for (const host of this.hosts) {
      await this.client.workflow
        .getHandle(hostPoolId(host))
        .terminate('the mutations are over')
        .catch(() => undefined);
    }
    await this.client.connection.close();
    await this.connection.close();
    await rm(this.scratch, { recursive: true, force: true });
  }

  private async runOn(host: string, folder: string, mutation: Mutation): Promise<Results> {
    const { path, head } = await this.makeRepository(folder, mutation);
    await using world = await mutation.config?.();
    const config = { ...this.base, CCI_HOST: host, CCI_DATA: join(folder, 'data'), ...world?.change };
    const paths = hostPaths(config.CCI_DATA);
    const real = createSwarmPlatform(config, paths);
    const deps: HostDependencies = {
      config,
      paths,
      platform: mutation.adapter?.(real) ?? real,
      ...(mutation.folder ? { checkout: await this.makeCheckout(folder, mutation) } : {}),
    };
    const worker = await Worker.create({
      connection: this.connection,
      namespace: config.CCI_TEMPORAL_NAMESPACE,
      taskQueue: hostQueue(host),
      dataConverter: createDataConverter(config.CCI_KEYS_FILE),
      activities: { ...createHostActivities(deps) },
      maxHeartbeatThrottleInterval: '500 milliseconds',
      shutdownGraceTime: '3 seconds',
    });
    return await worker.runUntil(async () =>
      this.execute(host, { source: path, head, recipe: mutation.recipe }),
    );
  }

  private async execute(host: string, what: Pick<RunInput, 'source' | 'head' | 'recipe'>): Promise<Results> {
    const { CCI_ZONE: zone, CCI_INSTANCE: instance } = this.base;
    const input: RunInput = {
      ...what,
      ref: 'main',
      sources: loadClientConfig(process.env).CCI_RECIPE_SOURCE,
      stages: [...STAGES],
      trigger: 'manual',
      host,
      zone,
      instance,
      deadlineMs: DEADLINE_MS,
      leaseWaitMs: DEADLINE_MS,
    };
    const handle = await this.client.workflow.start<typeof recipeRun>('recipeRun', {
      workflowId: runId({ recipe: input.recipe, head: input.head, key: [randomUUID()] }),
      taskQueue: DECISIONS_QUEUE,
      args: [input],
      workflowTaskTimeout: '5 seconds',
    });
    return handle.result();
  }

  private async makeRepository(folder: string, { recipe, recipeChange }: Mutation) {
    const versions = join(folder, 'versions');
    await cp(join(FIXTURE_RECIPES, recipe), versions, { recursive: true });
    recipeChange?.(new RecipeTree(versions));
    return buildRecipe(join(folder, 'repositories'), recipe, versions);
  }

  /** A checkout whose `recipes/<name>` is laid over by the mutation, tracked by git as the real one is. */
  private async makeCheckout(folder: string, { recipe, folder: files = {} }: Mutation): Promise<string> {
    const checkout = join(folder, 'checkout');
    for (const name of ['recipes', 'domain', 'package.json', 'tsconfig.json']) {
      await cp(join(CHECKOUT, name), join(checkout, name), { recursive: true });
    }
    await fixtureGit(checkout, ['init', '--quiet', '--template='], REVIEWED_AT);
    await fixtureGit(checkout, ['add', '--all'], REVIEWED_AT);
    await fixtureGit(checkout, ['commit', '--quiet', '-m', 'As reviewed'], REVIEWED_AT);
    await symlink(join(CHECKOUT, 'node_modules'), join(checkout, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      const path = join(checkout, 'recipes', recipe, name);
      await mkdir(dirname(path), { recursive: true });
      if (text === undefined) await rm(path);
      else await writeFile(path, text);
    }
    return checkout;
  }
}

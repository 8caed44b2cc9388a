import { spawn, type ChildProcess } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import {
  dummyStateSchema,
  stateInFile,
  type DummyState,
} from '../../activities/platform/dummy/dummy-state.ts';
import { MARK_ENVIRONMENT } from '../../activities/support/processes.ts';
import { hostPaths, type HostPaths } from '../../activities/support/paths.ts';
import { effectiveEnvironment, ROOT } from '../../client/config.ts';
import { CCI_LABELS } from '../../domain/labels.ts';
import { createDataConverter } from '../../codec/data-converter.ts';
import { FakeApp } from './fake-app.ts';
import type { FakeProviders } from './fake-providers.ts';
import { freePorts } from './free-ports.ts';
import {
  ARMED_FILE,
  BUNDLE_VARIABLE,
  FOLDER_VARIABLE,
  holdFile,
  reachedFile,
  reachedSchema,
  WITHOUT_VARIABLE,
  type Ablation,
  type Armed,
  type Point,
  type Reached,
} from './points.ts';
import { isAlive, processesCalledWith, processesWith, signal } from './processes.ts';
import { removeAll } from './remove-all.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { TemporalServer } from './temporal-server.ts';
import { until } from './until.ts';
import { buildWithoutGuard } from './without-guard.ts';

export type PlatformName = 'swarm' | 'dummy';

const SUPERVISOR = join('worker', 'supervisor.ts');
const INSTRUMENT = new URL('instrument.ts', import.meta.url).href;
const WORKERS = 2;
const START_MS = 180_000;

/** Those that have processes. */
const open = new Set<Lane>();

let closing = false;

/** Closes every lane that is open, and lets none be opened any more: at the end, or after an interrupt. */
export async function closeLanes(): Promise<void> {
  closing = true;
  await Promise.all([...open].map((lane) => lane.close()));
}

/**
 * A whole cc-ci of its own: a Temporal with its database, a supervisor with two workers, a data folder, an instance id.
 * Lanes share the Docker daemon of this clone's stack and nothing else.
 */
export class Lane {
  readonly platform: PlatformName;
  readonly folder: string;
  readonly instance: string;
  readonly paths: HostPaths;
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: Proxy;
  /** Never behind the proxy: it is the observer's. */
  readonly client: Client;
  private readonly app: FakeApp | undefined;
  readonly temporal: TemporalServer;
  private supervisor: ChildProcess | undefined;
  private points = 0;

  private constructor(made: {
    platform: PlatformName;
    folder: string;
    instance: string;
    env: Record<string, string>;
    proxy: Proxy;
    client: Client;
    app: FakeApp | undefined;
    temporal: TemporalServer;
  }) {
    this.platform = made.platform;
    this.folder = made.folder;
    this.instance = made.instance;
    this.env = made.env;
    this.paths = hostPaths(join(made.folder, 'data'));
    this.proxy = made.proxy;
    this.client = made.client;
    this.app = made.app;
    this.temporal = made.temporal;
  }

  static async open(platform: PlatformName, without?: Ablation): Promise<Lane> {
    const folder = await mkdtemp(join(tmpdir(), 'cc-ci-fault-'));
    const lane = await Lane.make(platform, folder, without).catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    open.add(lane);
    if (closing) {
      await lane.close();
      throw new Error('the matrix was interrupted');
    }
    await lane.startWorkers();
    return lane;
  }

  private static async make(platform: PlatformName, folder: string, without?: Ablation): Promise<Lane> {
    const base = effectiveEnvironment(process.env);
    const instance = randomBytes(4).toString('hex');
    const temporal = await TemporalServer.start(required(base, 'CCI_TEMPORAL_BIN'), folder);
    const proxy = await startProxy(temporal.port);
    const app = platform === 'dummy' ? await FakeApp.start(folder, dummyFile(folder)) : undefined;
    const env = {
      ...base,
      ...app?.variables,
      CCI_INSTANCE: instance,
      CCI_HOST: `lane-${instance}`,
      CCI_DATA: join(folder, 'data'),
      CCI_TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}`,
      CCI_TEMPORAL_NAMESPACE: 'default',
      CCI_METRICS_PORT: String(await freePorts(WORKERS * 2)),
      CCI_PLATFORM: platform,
      [FOLDER_VARIABLE]: folder,
      ...(without === undefined ? {} : { [WITHOUT_VARIABLE]: without }),
      ...(without === 'guard' ? { [BUNDLE_VARIABLE]: await buildWithoutGuard(folder) } : {}),
    };
    const connection = await Connection.connect({ address: `127.0.0.1:${temporal.port}` });
    const dataConverter = createDataConverter(required(base, 'CCI_KEYS_FILE'));
    const client = new Client({ connection, namespace: 'default', dataConverter });
    return new Lane({ platform, folder, instance, env, proxy, client, app, temporal });
  }

  /** Makes the workers stop at a point, the first of them that comes there; `undefined` takes that back. */
  arm(point: Point | undefined): Armed | undefined {
    rmSync(join(this.folder, ARMED_FILE), { force: true });
    if (point === undefined) return undefined;
    this.points += 1;
    const armed = { id: String(this.points), point };
    writeFileSync(join(this.folder, holdFile(armed.id)), '');
    writeFileSync(join(this.folder, ARMED_FILE), JSON.stringify(armed));
    return armed;
  }

  reached({ id }: Armed): Reached | undefined {
    const file = join(this.folder, reachedFile(id));
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // Empty for the moment between its making and its writing.
    return text === '' ? undefined : reachedSchema.parse(JSON.parse(text));
  }

  /** Lets whoever is held at the point go on. */
  release({ id }: Armed): void {
    rmSync(join(this.folder, holdFile(id)), { force: true });
  }

  /** Tells the dummy platform how to behave from now on. */
  steer(steps: Readonly<Record<string, readonly object[]>>): void {
    if (this.platform !== 'dummy') return;
    this.changeDummy((state) => {
      state.steps = dummyStateSchema.parse({ steps }).steps;
    });
  }

  /** Changes what there is on the dummy platform, behind its back. */
  changeDummy(change: (state: DummyState) => void): void {
    stateInFile(dummyFile(this.folder), {})(change);
  }

  /** The identity providers on the dummy platform. */
  get providers(): FakeProviders {
    if (!this.app) throw new Error('providers on the real platform are real');
    return this.app.providers;
  }

  /** Pids of the workers that poll. */
  get workers(): number[] {
    const folder = this.paths.workers;
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
      .map((name) => Number(/^(\d+)\.ready$/.exec(name)?.[1] ?? Number.NaN))
      .filter((pid) => Number.isInteger(pid) && isAlive(pid));
  }

  /** @param sources folder of the programs, when they are not those of this checkout */
  async startWorkers(more: Readonly<Record<string, string>> = {}, sources = ROOT): Promise<void> {
    mkdirSync(this.paths.workers, { recursive: true });
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(process.execPath, [join(sources, SUPERVISOR), '--count', String(WORKERS)], {
      env: { ...this.env, ...more, NODE_OPTIONS: `--import=${INSTRUMENT}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    this.supervisor = child;
    await this.allWorkers();
  }

  /** Waits until as many workers poll as there should be. */
  async allWorkers(): Promise<void> {
    await until(`${WORKERS} workers poll`, START_MS, () => this.workers.length >= WORKERS || undefined);
  }

  /** What the supervisor and its workers have said. */
  get logFile(): string {
    return join(this.folder, 'workers.log');
  }

  get supervisorPid(): number {
    const pid = this.supervisor?.pid;
    if (pid === undefined) throw new Error('the lane has no supervisor');
    return pid;
  }

  /** SIGKILL for the supervisor and every worker, as by a power cut. Their children live on. */
  async killWorkers(): Promise<void> {
    await until('the workers are gone', 5_000, () => {
      const left = this.ownNodes();
      for (const pid of left) signal(pid, 'SIGKILL');
      return left.length === 0 || undefined;
    });
  }

  /** Ids of all environments that this lane has had. */
  get environments(): string[] {
    const folder = dirname(this.paths.environment('any').root);
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  async close(): Promise<void> {
    open.delete(this);
    await this.killWorkers();
    const children = this.environments.flatMap((id) => processesWith(MARK_ENVIRONMENT, id));
    // Specs have an environment without marks.
    for (const pid of [...children, ...processesCalledWith([this.folder])]) signal(pid, 'SIGKILL');
    // Nothing, unless an invariant was violated.
    if (this.platform === 'swarm') await removeAll(this.env, `${CCI_LABELS.instance}=${this.instance}`);
    await this.client.connection.close();
    this.temporal.kill();
    await this.proxy[Symbol.asyncDispose]();
    await this.app?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Processes that were started with this lane's environment: supervisor and workers, and no child of theirs. */
  private ownNodes(): number[] {
    return processesWith(FOLDER_VARIABLE, this.folder);
  }
}

const dummyFile = (folder: string) => join(folder, 'data', 'dummy-platform.json');

function required(env: Readonly<Record<string, string>>, name: string): string {
  return z
    .string({ error: `${name} is not set: npm run up` })
    .min(1)
    .parse(env[name]);
}

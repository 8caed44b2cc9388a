import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_KEYS } from '../../client/search-attributes.ts';
import { createDataConverter } from '../../codec/data-converter.ts';
import { hostQueue } from '../../domain/queues.ts';
import { freePort } from '../fixtures/free-port.ts';
import { makeSources, type Change } from '../fixtures/sources.ts';
import { testConfig } from '../unit/activities/test-config.ts';
import type { FakeHost } from './fake-host.ts';
import { eventually } from './harness.ts';
import { temporalExecutable } from './temporal-executable.ts';

/** A supervisor with its workers: real processes of one build. */
export interface RunningBuild {
  readonly pid: number;
  /** Exit code or signal, once it has ended. */
  readonly ended: Promise<number | string>;
  /** Process ids of its workers that poll. */
  workers(): readonly number[];
  /** What it has written so far. */
  said(): string;
  stop(): Promise<void>;
  /** Kills supervisor and workers at once, as a power cut does. */
  kill(): Promise<void>;
}

/** A Temporal of its own, and workers of several builds that follow each other there. */
export interface Builds {
  readonly environment: TestWorkflowEnvironment;
  /** Sources with these changes, in a folder of their own. */
  make(...changes: readonly Change[]): string;
  /** Starts the workers of such sources, and waits until they do the work. */
  start(sources: string): Promise<RunningBuild>;
  serve<T>(host: FakeHost, body: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function startBuilds(): Promise<Builds> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
  const folder = mkdtempSync(join(tmpdir(), 'cci-builds-'));
  const keysFile = join(folder, 'keys.json');
  const key = Buffer.alloc(32, 9).toString('base64');
  writeFileSync(keysFile, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
  const dataConverter = createDataConverter(keysFile);
  const environment = await TestWorkflowEnvironment.createLocal({
    client: { dataConverter },
    server: {
      executable: { type: 'existing-path', path: temporalExecutable() },
      searchAttributes: Object.values(SEARCH_KEYS),
    },
  });
  const data = join(folder, 'data');
  const variables = {
    ...Object.fromEntries(Object.entries(testConfig(data)).map(([name, value]) => [name, String(value)])),
    // The host of the runs is the test.
    CCI_HOST: 'elsewhere',
    CCI_PLATFORM: 'dummy',
    CCI_CACHE: join(folder, 'cache'),
    CCI_TEMPORAL_ADDRESS: environment.address,
    CCI_TEMPORAL_NAMESPACE: environment.namespace ?? 'default',
    CCI_KEYS_FILE: keysFile,
    CCI_METRICS_PORT: String(await freePort()),
    PATH: process.env['PATH'] ?? '',
  };
  const started: RunningBuild[] = [];
  return {
    environment,
    make: (...changes) => makeSources(mkdtempSync(join(folder, 'sources-')), changes),
    start: async (sources) => {
      const build = launch(sources, variables, join(data, 'workers'));
      started.push(build);
      await eventually(
        'its workers do the work',
        () => existsSync(join(data, 'workers', `${build.pid}.serving`)),
        120_000,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; it said: ${build.said()}`);
      });
      return build;
    },
    serve: async (host, body) => {
      const worker = await Worker.create({
        connection: environment.nativeConnection,
        dataConverter,
        taskQueue: hostQueue('test'),
        activities: { ...host.activities() },
        maxHeartbeatThrottleInterval: '200 milliseconds',
      });
      return worker.runUntil(body);
    },
    close: async () => {
      await Promise.all(started.map((build) => build.kill()));
      await environment.teardown();
      rmSync(folder, { recursive: true });
    },
  };
}

function launch(sources: string, env: Record<string, string>, workersFolder: string): RunningBuild {
  const argv = [join(sources, 'worker', 'supervisor.ts'), '--count', '1', '--replace'];
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  const children = () => childrenOf(child.pid ?? 0);
  return {
    pid: child.pid ?? 0,
    ended,
    said: () => said,
    workers: () => children().filter((pid) => existsSync(join(workersFolder, `${pid}.ready`))),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    kill: async () => {
      await killAll(child, children());
      await ended;
    },
  };
}

/** The supervisor first, so that it cannot start a worker again. */
async function killAll(supervisor: ChildProcess, workers: readonly number[]): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  supervisor.kill('SIGKILL');
  for (const pid of workers) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended by itself
    }
  }
  await eventually('all killed', () => workers.every((pid) => !existsSync(`/proc/${pid}/stat`)));
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

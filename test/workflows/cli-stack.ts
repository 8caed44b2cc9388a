import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createDecisionActivities } from '../../activities/decision-activities.ts';
import { SEARCH_KEYS } from '../../client/search-attributes.ts';
import { createDataConverter, FAILURE_CONVERTER_PATH } from '../../codec/data-converter.ts';
import { DECISIONS_QUEUE, hostQueue } from '../../domain/queues.ts';
import { freePort } from '../fixtures/free-port.ts';
import type { FakeHost } from './fake-host.ts';
import { temporalExecutable } from './temporal-executable.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/cc-ci', import.meta.url));
const HOST = 'cli-test';

export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly done: Promise<CliOutcome>;
  readonly interrupt: () => void;
  /** Resolves to all of standard error once it contains the text. */
  readonly said: (text: string) => Promise<string>;
  /** The same for standard output. */
  readonly printed: (text: string) => Promise<string>;
}

/** A Temporal with UI, a recipe repository and keys, for tests of the real command line. */
export interface CliStack {
  readonly environment: TestWorkflowEnvironment;
  readonly variables: Readonly<Record<string, string>>;
  readonly uiPort: number;
  readonly folder: string;
  readonly head: string;
  serve<T>(host: FakeHost, body: () => Promise<T>): Promise<T>;
  cli(...args: string[]): RunningCli;
  close(): Promise<void>;
}

export async function startCliStack(): Promise<CliStack> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
  const folder = mkdtempSync(join(tmpdir(), 'cci-cli-'));
  const keysFile = join(folder, 'keys.json');
  const key = Buffer.alloc(32, 9).toString('base64');
  writeFileSync(keysFile, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
  const head = makeRecipe(join(folder, 'sample'));
  const [port, uiPort, codecPort] = [await freePort(), await freePort(), await freePort()];
  const environment = await TestWorkflowEnvironment.createLocal({
    client: { dataConverter: createDataConverter(keysFile) },
    server: {
      port,
      ui: true,
      executable: { type: 'existing-path', path: temporalExecutable() },
      searchAttributes: Object.values(SEARCH_KEYS),
      extraArgs: ['--ui-port', String(uiPort)],
    },
  });
  const bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: new DefaultLogger('ERROR'),
  });
  const variables = {
    CCI_INSTANCE: '0a1b2c3d',
    CCI_HOST: HOST,
    CCI_DATA: join(folder, 'data'),
    CCI_ZONE: 'ci.test',
    CCI_TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    CCI_TEMPORAL_NAMESPACE: environment.namespace ?? 'default',
    CCI_KEYS_FILE: keysFile,
    CCI_TEMPORAL_UI: `http://127.0.0.1:${uiPort}`,
    CCI_CODEC_PORT: String(codecPort),
    CCI_RECIPE_SOURCE: join(folder, '{recipe}'),
  };
  return {
    environment,
    variables,
    uiPort,
    folder,
    head,
    serve: (host, body) => serve(environment, bundle, keysFile, host, body),
    cli: (...args) => startCli(args, { PATH: process.env['PATH'] ?? '', ...variables }),
    close: async () => {
      await environment.teardown();
      rmSync(folder, { recursive: true });
    },
  };
}

async function serve<T>(
  { nativeConnection, client }: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundle,
  keysFile: string,
  host: FakeHost,
  body: () => Promise<T>,
): Promise<T> {
  const dataConverter = createDataConverter(keysFile);
  const common = { connection: nativeConnection, dataConverter };
  const activities = { ...createDecisionActivities(client) };
  const decisions = await Worker.create({
    ...common,
    taskQueue: DECISIONS_QUEUE,
    workflowBundle,
    activities,
  });
  const hostWorker = await Worker.create({
    ...common,
    taskQueue: hostQueue(HOST),
    activities: { ...host.activities() },
    maxHeartbeatThrottleInterval: '200 milliseconds',
  });
  return decisions.runUntil(() => hostWorker.runUntil(body));
}

/** Starts the real launcher with the system's way of finding Node. */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  launcher = LAUNCHER,
): RunningCli {
  const child = spawn(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<CliOutcome>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  const contains = async (output: () => string, text: string) => {
    for (const until = Date.now() + 20_000; Date.now() < until;) {
      if (output().includes(text)) return output();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not within 20 s: "${text}"; it said: ${stdout}${stderr}`);
  };
  return {
    done,
    said: (text) => contains(() => stderr, text),
    printed: (text) => contains(() => stdout, text),
    interrupt: () => child.kill('SIGINT'),
  };
}

function makeRecipe(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      encoding: 'utf8',
    });
  git('init', '--quiet', '--initial-branch=main', folder);
  git('-C', folder, 'commit', '--quiet', '--allow-empty', '--message', 'first');
  return git('-C', folder, 'rev-parse', 'HEAD').trim();
}

/** The run that a `run` of the command line started, once it installs. */
export async function runIdOf(cli: RunningCli): Promise<string> {
  const [, runId] = /started (run-\S+)/.exec(await cli.said('install: running')) ?? [];
  if (runId === undefined) throw new Error('it named no run');
  return runId;
}

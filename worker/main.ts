/** A worker process: decides for all runs, and acts on its own host. Started and watched by the supervisor. */
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createDecisionActivities } from '../activities/decision-activities.ts';
import { createHostActivities } from '../activities/host-activities.ts';
import { hostPaths } from '../activities/support/paths.ts';
import { createDataConverter } from '../codec/data-converter.ts';
import { DECISIONS_QUEUE, hostQueue } from '../domain/queues.ts';
import { cacheFolder, loadWorkerConfig } from './config.ts';
import { keepJanitorScheduled } from './janitor-schedule.ts';
import { createLogger, temporalLogger } from './logger.ts';
import { showLiveness } from './liveness.ts';
import { createPlatform } from './platform.ts';
import { DRAIN, DRAINED } from './supervise.ts';
import { FAILURE_TYPES, versioned } from './deployment.ts';
import { freePort } from './free-port.ts';
import { WorkCounter } from './work-counter.ts';
import { buildAt, ensureWorkflowBundle } from './workflow-bundle.ts';

/** The longest operations of a host may end where they are; what lasts longer is taken over like that of a dead worker. */
const FINISH_WITHIN_MS = 10 * 60_000;

const config = loadWorkerConfig();
const index = Number(process.env['CCI_WORKER_INDEX'] ?? '0');
const count = Number(process.env['CCI_WORKER_COUNT'] ?? '1');
const logger = createLogger(config.CCI_LOG_LEVEL, { worker: index, pid: process.pid, host: config.CCI_HOST });
const paths = hostPaths(config.CCI_DATA);

// While a new build takes over, the ports of the old one's workers are still in use.
const metricsPort = await freePort(config.CCI_METRICS_PORT + index, count);

Runtime.install({
  logger: temporalLogger(logger, config.CCI_LOG_LEVEL),
  telemetryOptions: {
    logging: { forward: {} },
    metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}` } },
  },
});

const dataConverter = createDataConverter(config.CCI_KEYS_FILE);
const connection = await NativeConnection.connect({ address: config.CCI_TEMPORAL_ADDRESS });
const namespace = config.CCI_TEMPORAL_NAMESPACE;
const client = new Client({ connection, namespace, dataConverter });

const common = {
  connection,
  namespace,
  dataConverter,
  // Longer than a child process gets between its TERM and its KILL.
  shutdownGraceTime: '3 seconds',
  shutdownForceTime: '15 seconds',
  // Bounds how late a running activity hears of a cancellation.
  maxHeartbeatThrottleInterval: '500 milliseconds',
} satisfies Partial<WorkerOptions>;

// The supervisor names the build, makes it the current one, and starts a worker again with the same. Without it this is a
// worker of no version.
const bundle = process.env['CCI_WORKFLOW_BUNDLE'];
const built =
  bundle === undefined
    ? await ensureWorkflowBundle(cacheFolder(), Runtime.instance().logger)
    : buildAt(bundle);

const decisions = await Worker.create({
  ...common,
  taskQueue: DECISIONS_QUEUE,
  ...(bundle === undefined ? {} : versioned(built)),
  workflowBundle: { codePath: built.codePath },
  workflowFailureErrorTypes: FAILURE_TYPES,
  activities: { ...createDecisionActivities(client) },
  // One slot per open guard for its watch, and room for the short calls.
  maxConcurrentActivityTaskExecutions: 500,
  // After a death the default of 10 s costs more than the heartbeat timeout does.
  stickyQueueScheduleToStartTimeout: '1 second',
});

const work = new WorkCounter();
const host = await Worker.create({
  ...common,
  taskQueue: hostQueue(config.CCI_HOST),
  activities: { ...createHostActivities({ config, paths, platform: createPlatform(config, paths) }) },
  // Host work is child processes: bound by the host, not by this process.
  maxConcurrentActivityTaskExecutions: 20,
  interceptors: { activity: [work.interceptor] },
});

/** Leaves the host's work to the workers of a newer build; the decisions go on until this process is stopped. */
process.on('message', (message) => {
  if (message !== DRAIN) return;
  void work.idle(FINISH_WITHIN_MS).then(() => {
    if (host.getState() === 'RUNNING') host.shutdown();
  });
});

const liveness = await showLiveness(paths.workers);
try {
  const hosting = host.run().then(() => process.connected && process.send?.(DRAINED));
  const running = Promise.all([decisions.run(), hosting]);
  await liveness.ready();
  const { CCI_HOST, CCI_INSTANCE: instance, CCI_ZONE: zone } = config;
  keepJanitorScheduled(client, { host: CCI_HOST, instance, zone }, logger);
  await running;
} finally {
  await liveness.stop();
  await connection.close();
  // The channel to the supervisor would keep this process alive.
  if (process.connected) process.disconnect();
}

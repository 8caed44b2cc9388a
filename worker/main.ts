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
import { ensureWorkflowBundle } from './workflow-bundle.ts';

const config = loadWorkerConfig();
const index = Number(process.env['CCI_WORKER_INDEX'] ?? '0');
const logger = createLogger(config.CCI_LOG_LEVEL, { worker: index, pid: process.pid, host: config.CCI_HOST });
const paths = hostPaths(config.CCI_DATA);

Runtime.install({
  logger: temporalLogger(logger, config.CCI_LOG_LEVEL),
  telemetryOptions: {
    logging: { forward: {} },
    metrics: { prometheus: { bindAddress: `127.0.0.1:${config.CCI_METRICS_PORT + index}` } },
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

const decisions = await Worker.create({
  ...common,
  taskQueue: DECISIONS_QUEUE,
  workflowBundle: { codePath: await ensureWorkflowBundle(cacheFolder(), Runtime.instance().logger) },
  activities: { ...createDecisionActivities(client) },
  // One slot per open guard for its watch, and room for the short calls.
  maxConcurrentActivityTaskExecutions: 500,
  // After a death the default of 10 s costs more than the heartbeat timeout does.
  stickyQueueScheduleToStartTimeout: '1 second',
});

const host = await Worker.create({
  ...common,
  taskQueue: hostQueue(config.CCI_HOST),
  activities: { ...createHostActivities({ config, paths, platform: createPlatform(config, paths) }) },
  // Host work is child processes: bound by the host, not by this process.
  maxConcurrentActivityTaskExecutions: 20,
});

const liveness = await showLiveness(paths.workers);
try {
  const running = Promise.all([decisions.run(), host.run()]);
  await liveness.ready();
  const { CCI_HOST, CCI_INSTANCE: instance, CCI_ZONE: zone } = config;
  keepJanitorScheduled(client, { host: CCI_HOST, instance, zone }, logger);
  await running;
} finally {
  await liveness.stop();
  await connection.close();
}

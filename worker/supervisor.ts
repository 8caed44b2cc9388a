/** Entry of `cc-ci worker`: runs a supervisor with its workers until it is told to stop, or another one takes its place. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { hostPaths } from '../activities/support/paths.ts';
import { effectiveEnvironment } from '../client/config.ts';
import { createDataConverter } from '../codec/data-converter.ts';
import { cacheFolder, loadWorkerConfig } from './config.ts';
import { Deployment } from './deployment.ts';
import { createLogger, temporalLogger } from './logger.ts';
import { RETIRE, Succession } from './succession.ts';
import { supervise } from './supervise.ts';
import { ensureWorkflowBundle } from './workflow-bundle.ts';

const MEND_INTERVAL_MS = 10_000;
const RETRY_MS = 1_000;
/** A run that cannot go on with a newer build has this long to end with the build that it is on. */
const KEEP_BUILD_FOR_MS = 2 * 60 * 60_000;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2' }, replace: { type: 'boolean', default: false } },
});
const config = loadWorkerConfig();
const { workers } = hostPaths(config.CCI_DATA);
const logger = createLogger(config.CCI_LOG_LEVEL, { supervisor: process.pid, host: config.CCI_HOST });
// Its own signals are for workers of this process; there are none.
Runtime.install({ logger: temporalLogger(logger, config.CCI_LOG_LEVEL), shutdownSignals: [] });
await mkdir(workers, { recursive: true });

// Once, before the workers, so that they do not all build it, and all of them have the same.
const built = await ensureWorkflowBundle(cacheFolder(), Runtime.instance().logger).catch((error: unknown) => {
  // Without the stack, which is the bundler's.
  process.stderr.write(`the workflows cannot be bundled: ${String(error)}\n`);
  return process.exit(3);
});

const connection = Connection.lazy({ address: config.CCI_TEMPORAL_ADDRESS });
const namespace = config.CCI_TEMPORAL_NAMESPACE;
const client = new Client({
  connection,
  namespace,
  dataConverter: createDataConverter(config.CCI_KEYS_FILE),
});
const deployment = new Deployment(client, built, logger);
const succession = new Succession(workers);
await succession.enter();

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const env = { ...effectiveEnvironment(process.env), CCI_WORKFLOW_BUNDLE: built.codePath };
const supervisor = supervise({ main, count: Number(values.count), workersFolder: workers, env, logger });

let ended = false;
let retiring = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    ended = true;
    supervisor.stop();
  });
process.on(RETIRE, () => {
  if (!retiring) void retire();
});

void serve();
await supervisor.done;
await succession.leave();
process.exit();

/** Makes the build of these workers the current one as soon as they poll, and sees to it that it can be. */
async function serve(): Promise<void> {
  while (!ended && !supervisor.isReady()) await delay(100);
  await insist(() => deployment.takeOver());
  if (ended) return;
  await succession.serving();
  if (values.replace) {
    const told = await succession.retireOthers();
    if (told.length > 0) logger.info({ told }, 'took the place of other supervisors');
  }
  while (!ended && !retiring) {
    await delay(MEND_INTERVAL_MS);
    if (!ended && !retiring) await attempt(() => deployment.mend());
  }
}

/** Another supervisor's workers do the work: these finish what they are at, and go when nobody needs their build. */
async function retire(): Promise<void> {
  retiring = true;
  logger.info({ build: built.build }, 'another supervisor took over; the workers finish and end');
  await supervisor.drain();
  for (const until = Date.now() + KEEP_BUILD_FOR_MS; !ended && Date.now() < until;) {
    let needed = true;
    await attempt(async () => {
      needed = await deployment.isNeeded();
    });
    if (!needed) break;
    await delay(RETRY_MS);
  }
  if (!ended) await attempt(() => deployment.letGo());
  ended = true;
  supervisor.stop();
}

async function insist(action: () => Promise<void>): Promise<void> {
  while (!ended && !(await attempt(action))) await delay(RETRY_MS);
}

/** Temporal may be away for a while; returns whether it went well. */
async function attempt(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (!ended) logger.warn({ error }, 'the build cannot be seen to now; trying again');
    return false;
  }
}

/** Entry of `cc-ci worker`: runs a supervisor with its workers until it is told to stop. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hostPaths } from '../activities/support/paths.ts';
import { effectiveEnvironment } from '../client/config.ts';
import { cacheFolder, loadWorkerConfig } from './config.ts';
import { createLogger, temporalLogger } from './logger.ts';
import { supervise } from './supervise.ts';
import { ensureWorkflowBundle } from './workflow-bundle.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '2' } } });
const config = loadWorkerConfig();
const { workers } = hostPaths(config.CCI_DATA);
const logger = createLogger(config.CCI_LOG_LEVEL, { supervisor: process.pid, host: config.CCI_HOST });
await mkdir(workers, { recursive: true });

// Once, before the workers, so that they do not all build it.
await ensureWorkflowBundle(cacheFolder(), temporalLogger(logger, config.CCI_LOG_LEVEL));

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const env = effectiveEnvironment(process.env);
const supervisor = supervise({ main, count: Number(values.count), workersFolder: workers, env, logger });
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    supervisor.stop();
  });
await supervisor.done;

import { homedir } from 'node:os';
import { join } from 'node:path';
import { workerConfigSchema, type WorkerConfig } from '../domain/config.ts';
import { effectiveEnvironment } from '../client/config.ts';

/** The validated configuration of a worker process; throws one line per fault. */
export function loadWorkerConfig(): WorkerConfig {
  const parsed = workerConfigSchema.safeParse(effectiveEnvironment(process.env));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`configuration: ${faults.join('; ')} (\`npm run up\` writes .cc-ci/host.env)`);
}

/** Folder of what can be made again and is shared by clones. */
export function cacheFolder(): string {
  return process.env['CCI_CACHE'] ?? join(homedir(), '.cache', 'cc-ci');
}

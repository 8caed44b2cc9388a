import { join } from 'node:path';

/** Where things lie below the data folder of a host (CCI_DATA). */
export function hostPaths(data: string) {
  return {
    /** Artefacts of a run, kept by the retention rule. */
    run: (runId: string) => join(data, 'runs', runId),
    results: (runId: string) => join(data, 'runs', runId, 'results.json'),
    stageLog: (runId: string, stage: string) => join(data, 'runs', runId, 'logs', `${stage}.log`),
    serviceLogs: (runId: string) => join(data, 'runs', runId, 'logs', 'services'),
    screenshots: (runId: string) => join(data, 'runs', runId, 'screenshots'),
    /** Playwright traces of failed specs. */
    traces: (runId: string) => join(data, 'runs', runId, 'traces'),
    /** Everything an environment has on the disk of the host. */
    environment: (id: string) => {
      const root = join(data, 'environments', id);
      return {
        root,
        /** Append-only record of intents and attempts; outlives the environment. */
        ledger: join(root, 'ledger.ndjson'),
        /** Generations of the fence; outlives the environment, because ids are never used again. */
        fence: join(root, 'fence'),
        /** Checkouts by commit. */
        tree: (commit: string) => join(root, 'files', 'trees', commit),
        envFile: (domain: string) => join(root, 'files', `${domain}.env`),
        /** Rendered stacks by content hash: what was deployed, byte for byte. */
        rendered: (hash: string) => join(root, 'files', 'rendered', `${hash}.yml`),
        /** Secrets of the run, 0700. */
        private: join(root, 'files', 'private'),
        /** All that `removeFiles` removes. */
        files: join(root, 'files'),
      };
    },
    /** Bare mirrors of recipe repositories, shared by runs. */
    gitCache: join(data, 'cache', 'git'),
    /** Configuration of the docker client, registry logins included; empty unless an operator logs in. */
    dockerConfig: join(data, 'docker-config'),
    workers: join(data, 'workers'),
  };
}
export type HostPaths = ReturnType<typeof hostPaths>;

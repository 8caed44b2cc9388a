import { join } from 'node:path';

/** What an environment has on the disk of its host. */
export interface EnvironmentPaths {
  readonly root: string;
  /** What the environment is and whose; written before anything of it, and outlives it. */
  readonly record: string;
  /** Append-only record of intents and attempts; outlives the environment. */
  readonly ledger: string;
  /** Generations of the fence; outlives the environment, because ids are never used again. */
  readonly fence: string;
  /** All that `removeFiles` removes; what follows lies in it. */
  readonly files: string;
  /** Secrets of the run, 0700. */
  readonly private: string;
  /** Checkout of a commit. */
  tree(commit: string): string;
  envFile(domain: string): string;
  /** Rendered stack by content hash: what was deployed, byte for byte. */
  rendered(hash: string): string;
}

/** Where things lie below the data folder of a host (CCI_DATA). */
export interface HostPaths {
  /** Artefacts of a run, kept by the retention rule. */
  run(runId: string): string;
  results(runId: string): string;
  /** The same for tools that read JUnit's form. */
  junit(runId: string): string;
  /** The same for people: one page with all that is known, which needs no other file. */
  report(runId: string): string;
  /** What `prepare` found out: versions, images, services, names of secrets, refusals. */
  plan(runId: string): string;
  /** What was asked for. */
  request(runId: string): string;
  /** The removal: what was there, what is left. */
  teardown(runId: string): string;
  stageLog(runId: string, stage: string): string;
  /** Of one environment: a run whose base is broken has two. */
  serviceLogs(runId: string, environmentId: string): string;
  /** What each operation waited for, one line of JSON for each change. */
  timeline(runId: string): string;
  /** What the public hostname answered during the upgrade, one line of JSON for each request. */
  downtime(runId: string): string;
  /** Every backup that was tried, one line of JSON for each; failed ones too, for they are flakes to be seen. */
  backupAttempts(runId: string): string;
  /** What the last backup of a recipe held in a run that passed, by labelled path; shared by runs. */
  backupSizes(recipe: string): string;
  /** How large the images of each repository are, as last measured; shared by runs. */
  readonly imageSizes: string;
  /** The services of an app every few seconds around backup and restore, one line of JSON for each look. */
  states(runId: string): string;
  screenshots(runId: string): string;
  /** Playwright traces of failed specs. */
  traces(runId: string): string;
  environment(id: string): EnvironmentPaths;
  /** The provider that is kept warm: which it is, and how the last look found it. */
  warm(recipe: string): string;
  /** Bare mirrors of recipe repositories, shared by runs. */
  readonly gitCache: string;
  /** Configuration of the docker client, registry logins included; empty unless an operator logs in. */
  readonly dockerConfig: string;
  /** Index of all runs (SQLite). */
  readonly index: string;
  /** Signs of life of the workers. */
  readonly workers: string;
}

export function hostPaths(data: string): HostPaths {
  const run = (runId: string) => join(data, 'runs', runId);
  return {
    run,
    results: (runId) => join(run(runId), 'results.json'),
    plan: (runId) => join(run(runId), 'plan.json'),
    request: (runId) => join(run(runId), 'request.json'),
    teardown: (runId) => join(run(runId), 'teardown.json'),
    junit: (runId) => join(run(runId), 'junit.xml'),
    report: (runId) => join(run(runId), 'report.html'),
    stageLog: (runId, stage) => join(run(runId), 'logs', `${stage}.log`),
    serviceLogs: (runId, environmentId) => join(run(runId), 'logs', 'services', environmentId.slice(0, 8)),
    timeline: (runId) => join(run(runId), 'timeline.ndjson'),
    downtime: (runId) => join(run(runId), 'downtime.ndjson'),
    backupAttempts: (runId) => join(run(runId), 'backup-attempts.ndjson'),
    backupSizes: (recipe) => join(data, 'backup-sizes', `${recipe}.json`),
    imageSizes: join(data, 'image-sizes.json'),
    states: (runId) => join(run(runId), 'states.ndjson'),
    screenshots: (runId) => join(run(runId), 'screenshots'),
    traces: (runId) => join(run(runId), 'traces'),
    environment: (id) => environmentPaths(join(data, 'environments', id)),
    warm: (recipe) => join(data, 'warm', `${recipe}.json`),
    gitCache: join(data, 'cache', 'git'),
    dockerConfig: join(data, 'docker-config'),
    index: join(data, 'index.sqlite'),
    workers: join(data, 'workers'),
  };
}

function environmentPaths(root: string): EnvironmentPaths {
  const files = join(root, 'files');
  return {
    root,
    record: join(root, 'environment.json'),
    ledger: join(root, 'ledger.ndjson'),
    fence: join(root, 'fence'),
    files,
    private: join(files, 'private'),
    tree: (commit) => join(files, 'trees', commit),
    envFile: (domain) => join(files, `${domain}.env`),
    rendered: (hash) => join(files, 'rendered', `${hash}.yml`),
  };
}

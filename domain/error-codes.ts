/**
 * The closed table of error codes. A code is the `type` of the Temporal failure that carries it, so workflows branch on
 * codes and never on messages.
 */
export type ErrorClass = 'recipe' | 'test' | 'infra' | 'upstream' | 'base' | 'leak' | 'cancelled' | 'harness';

export interface CodeFacts {
  /** Whom the outcome is attributed to. */
  readonly class: ErrorClass;
  /** Whether the same attempt may be repeated automatically; only ever true for infrastructure. */
  readonly retryable: boolean;
  readonly message: string;
  readonly remedy: string;
}

export const ERROR_CODES = {
  E_POLICY: {
    class: 'recipe',
    retryable: false,
    message: 'the rendered stack asks for something the policy refuses',
    remedy: 'change the line named, or have the grant added to the reviewed recipe.ts',
  },
  E_RENDER: {
    class: 'recipe',
    retryable: false,
    message: 'the compose files, env sample or abra.sh cannot be rendered',
    remedy: 'fix the file and line named; `docker stack config` must accept the files',
  },
  E_REF: {
    class: 'recipe',
    retryable: false,
    message: 'the reference or the recipe repository cannot be resolved',
    remedy: 'check the recipe name, the source and that the commit or tag has been pushed',
  },
  E_IMAGE_UNKNOWN: {
    class: 'upstream',
    retryable: false,
    message: 'the registry does not know the image',
    remedy: 'check the tag; when upstream removed it, publish a version that names an existing image',
  },
  E_REGISTRY_AUTH: {
    class: 'infra',
    retryable: false,
    message: 'the registry refused the credentials',
    remedy: 'log the host in to the registry',
  },
  E_REGISTRY_LIMIT: {
    class: 'infra',
    retryable: true,
    message: 'the registry limits the rate of pulls',
    remedy: 'wait for the time the registry names, or log in for a higher limit',
  },
  E_REGISTRY_DOWN: {
    class: 'infra',
    retryable: true,
    message: 'the registry cannot be reached',
    remedy: 'check the network of the host and the registry itself',
  },
  E_SECRET_MISSING: {
    class: 'recipe',
    retryable: false,
    message: 'a secret marked generate=false was not inserted',
    remedy: 'provide it in the recipe folder (secrets), or let it be generated',
  },
  E_CONFIG_CHANGED: {
    class: 'recipe',
    retryable: false,
    message: 'a config changed its content without a new version',
    remedy: 'raise the exported version in abra.sh: swarm configs are immutable',
  },
  E_CRASH_LOOP: {
    class: 'recipe',
    retryable: false,
    message: 'a service keeps exiting',
    remedy: 'read the logs of the service named; its last lines are in the results',
  },
  E_TASK_REJECTED: {
    class: 'recipe',
    retryable: false,
    message: 'swarm rejected a task',
    remedy: 'read the reason given by swarm; it names the mount, image or constraint',
  },
  E_CONVERGE_TIMEOUT: {
    class: 'recipe',
    retryable: false,
    message: 'the services did not converge in time',
    remedy: 'see which service blocks and why; raise TIMEOUT only when it makes progress',
  },
  E_DEPLOY_COUNT: {
    class: 'harness',
    retryable: false,
    message: 'the environment was not deployed exactly as often as planned',
    remedy: 'compare ledger.ndjson with the timeline of the run',
  },
  E_ASSERTION: {
    class: 'recipe',
    retryable: false,
    message: 'a generic assertion about the app does not hold',
    remedy: 'the assertion names what was expected and what was seen',
  },
  E_CERTIFICATE: {
    class: 'infra',
    retryable: false,
    message: 'the ingress does not serve a valid certificate for the hostname of the app',
    remedy: 'renew or replace the wildcard certificate of the zone, or trust the CA that signed it',
  },
  E_SPEC: {
    class: 'test',
    retryable: false,
    message: 'a spec of the recipe failed',
    remedy: 'open the trace and the screenshot of the failed spec',
  },
  E_SPEC_COLLECT: {
    class: 'test',
    retryable: false,
    message: 'the specs could not be collected',
    remedy: 'run the spec file by itself; a syntax error or an empty file is a failure, never a skip',
  },
  E_RECIPE_FOLDER: {
    class: 'test',
    retryable: false,
    message: 'the recipe folder of cc-ci cannot be loaded',
    remedy: 'correct the file and key named below recipes/',
  },
  E_DEPENDENCY: {
    class: 'infra',
    retryable: false,
    message: 'an app that the recipe needs is not ready',
    remedy: 'see dependencies in the results, and its logs beside those of the app',
  },
  E_DOCKER: {
    class: 'infra',
    retryable: true,
    message: 'the Docker daemon did not answer or failed',
    remedy: 'check that the daemon runs; `npm run up` starts it',
  },
  E_DISK: {
    class: 'infra',
    retryable: true,
    message: 'the disk of the host is full, or too small for what the run needs',
    remedy: 'free space where Docker and cc-ci keep their data; `docker system df` shows what Docker holds',
  },
  E_MEMORY: {
    class: 'infra',
    retryable: false,
    message: 'the host has less memory than the apps of the run need',
    remedy: 'stop what else runs on the host, or run the recipe on a larger one (docs/health.md)',
  },
  E_COMMAND: {
    class: 'infra',
    retryable: true,
    message: 'a command of the harness failed',
    remedy: 'see the log of the stage',
  },
  E_COMMAND_TIMEOUT: {
    class: 'infra',
    retryable: true,
    message: 'a command of the harness took too long',
    remedy: 'see the log of the stage; the host may be overloaded',
  },
  // Neither is the recipe's fault: the provider is an app of its own, asked for the same by every run.
  E_SSO: {
    class: 'infra',
    retryable: true,
    message: 'the identity provider does not answer, or fails',
    remedy: 'see its logs below logs/services; it may be starting, out of memory, or without its database',
  },
  E_SSO_REFUSED: {
    class: 'infra',
    retryable: false,
    message: 'the identity provider refuses what it is asked for, or does something else',
    remedy: 'see the answer named; check the administrator and the hostname of the provider (docs/sso.md)',
  },
  E_INDEX: {
    class: 'infra',
    retryable: true,
    message: 'the index of runs cannot be written',
    remedy: 'the results of the run are safe; check the disk and the file index.sqlite in the data folder',
  },
  E_FENCED: {
    class: 'harness',
    retryable: false,
    message: 'the environment was closed, or a newer attempt took over',
    remedy: 'nothing to do: this attempt was superseded on purpose',
  },
  E_RESIDUE: {
    class: 'leak',
    retryable: false,
    message: 'objects of the environment are left after teardown',
    remedy: 'see teardown.json for what is left; the guard keeps trying',
  },
  E_BASE_BROKEN: {
    class: 'base',
    retryable: false,
    message: 'the version to upgrade from does not install',
    remedy: 'see why the published version fails; pin a base that installs with upgrade.base in recipe.ts',
  },
  E_NOT_HEAD: {
    class: 'harness',
    retryable: false,
    message: 'what runs is not the head under review',
    remedy: 'compare the services with the rendering of the head; the assertion names what differs',
  },
  E_DATA_LOST: {
    class: 'recipe',
    retryable: false,
    message: 'data written before the upgrade is not there after it',
    remedy: 'see which marker is gone: a volume that was renamed, or a migration that drops data',
  },
  E_HOOK: {
    class: 'recipe',
    retryable: false,
    message: 'a backup or restore hook of the recipe failed',
    remedy: 'run the hook in the container of the service named; its output is in the log of the stage',
  },
  E_BACKUP_INCOMPLETE: {
    class: 'recipe',
    retryable: false,
    message: 'the backup lacks something that its labels promise',
    remedy: 'see which path is missing or empty; hooks must fail loudly (set -o pipefail)',
  },
  E_RESTORE_LOST: {
    class: 'recipe',
    retryable: false,
    message: 'data that was backed up is not there after the restore',
    remedy: 'a dump needs a restore post-hook that reads it in; files must lie in a labelled path',
  },
  E_NOT_WRITABLE: {
    class: 'recipe',
    retryable: false,
    message: 'the app can be read after the restore but not written to',
    remedy: 'see who owns the restored files and whether the database takes changes',
  },
  E_UNPROVEN: {
    class: 'harness',
    retryable: false,
    message: 'nothing could be proven about the data',
    remedy: 'give the recipe a folder with a marker (docs/writing-recipe-tests.md)',
  },
  E_MARKER: {
    class: 'harness',
    retryable: false,
    message: 'a marker could not be written, read or destroyed',
    remedy: 'see the log of the stage; a custom marker is in recipe.ts',
  },
  E_LINT: {
    class: 'recipe',
    retryable: false,
    message: 'a rule of the linter is broken',
    remedy: 'see the finding for file, line and remedy',
  },
  E_DEADLINE: {
    class: 'harness',
    retryable: false,
    message: 'the run reached its deadline',
    remedy: 'see which stage took the time; raise the deadline only when it made progress',
  },
  E_LEASE_WAIT: {
    class: 'infra',
    retryable: false,
    message: 'no host was free within the time a run may wait',
    remedy: 'see who holds the host; start the run again later',
  },
  E_CANCELLED: {
    class: 'cancelled',
    retryable: false,
    message: 'the run was cancelled',
    remedy: 'start it again',
  },
  E_TERMINATED: {
    class: 'cancelled',
    retryable: false,
    message: 'the run was closed from outside before it could finish',
    remedy: 'start it again; prefer `cc-ci cancel` to terminating',
  },
  E_JANITOR_NAMESPACE: {
    class: 'infra',
    retryable: false,
    message: 'there are environments on the host, but Temporal knows nothing of them, nor of the host',
    remedy:
      'check CCI_TEMPORAL_ADDRESS and CCI_TEMPORAL_NAMESPACE; when the database of Temporal is lost for good, `cc-ci janitor --reclaim --trust-namespace`',
  },
  E_JANITOR_LIMIT: {
    class: 'harness',
    retryable: false,
    message: 'more environments would be removed at once than the janitor may',
    remedy:
      'look at them with `cc-ci janitor`; when they may all go, `cc-ci janitor --reclaim --at-most <n>`',
  },
  E_BUILD: {
    class: 'harness',
    retryable: false,
    message: 'a newer build of cc-ci could not go on with the run',
    remedy: 'start it again; a change of workflow code that lacks a patch is behind this (CONTRIBUTING.md)',
  },
  E_INTERNAL: {
    class: 'harness',
    retryable: false,
    message: 'cc-ci itself failed',
    remedy: 'report it with the log of the run',
  },
} as const satisfies Record<`E_${string}`, CodeFacts>;

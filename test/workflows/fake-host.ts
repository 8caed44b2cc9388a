import { setTimeout as delay } from 'node:timers/promises';
import { Context, type ApplicationFailure } from '@temporalio/activity';
import type { HostActivities, Orphan, OrphanRef } from '../../activities/types.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { fakeData, failure, first, infraFault, tried, type DataScript } from './fake-data.ts';
import type { Survey } from '../../domain/janitor.ts';
import type { Environment, Plan, PlannedDependency, RunInput } from '../../domain/plan.ts';
import type { Results, TeardownReport } from '../../domain/results.ts';

/** What a scripted host does differently from one on which everything works at once. */
export interface HostScript {
  plan?: Partial<Plan>;
  /** Milliseconds a deploy takes, heartbeating. */
  deployMs?: number;
  /** A deploy goes on until this is true. */
  deployed?: () => boolean;
  deployFails?: ErrorCode;
  /** So many attempts of the deploy end with a fault of the infrastructure that is worth another one. */
  faultyDeploys?: number;
  /** The deploy of the base fails with this code, that of the head does not. */
  baseFails?: ErrorCode;
  /** The images that no registry knows. */
  missingImages?: readonly string[];
  /** What the registry of the images answers now; it serves them when undefined. */
  registryFails?: () => ApplicationFailure | undefined;
  /** What the host has for apps; no end of it when undefined. */
  memoryBytes?: number;
  /** The images are not on the host: they are pulled. */
  pulls?: boolean;
  specStatus?: 'pass' | 'fail' | 'unverified' | 'none';
  /** What is wrong with dependencies: the code with which the deploy fails, or that they never answer. */
  dependencies?: Readonly<Record<string, ErrorCode | 'silent'>>;
  /** Milliseconds until a dependency is ready. */
  dependencyMs?: number;
  /** The provider that is kept warm: what is published, and how it stands. */
  warm?: { planned?: PlannedDependency; proven?: boolean; unhealthy?: string; realms?: number };
  repositorySpecStatus?: 'pass' | 'fail' | 'unverified';
  data?: DataScript;
  /** No evidence can be collected, nor the deploys counted. */
  evidenceFails?: boolean;
  /** Removal passes that leave the first object behind. */
  leakyPasses?: number;
  /** Environments that a look did not get to. */
  omitted?: number;
  strangers?: Survey['strangers'];
  /** What is still known of the runs of orphans, by environment. */
  requests?: Readonly<Record<string, RunInput>>;
  /** Environments whose run has its results. */
  published?: readonly string[];
}

const runOf = (runId: string | undefined) => (runId === undefined ? {} : { runId });

/** A host of a test: keeps what exists by environment, and a journal of what was done. */
export class FakeHost {
  readonly journal: string[] = [];
  readonly existing = new Map<string, Set<string>>();
  readonly written: Results[] = [];
  readonly amended: TeardownReport[] = [];
  readonly closed = new Set<string>();
  readonly teardowns: TeardownReport[] = [];
  private readonly runs = new Map<string, string>();
  private readonly allowed = new Set<string>();
  private leaky: number;
  private readonly script: HostScript;

  constructor(script: HostScript = {}) {
    this.script = script;
    this.leaky = script.leakyPasses ?? 0;
  }

  /** Everything that exists in any environment. */
  left(): string[] {
    return [...this.existing.values()].flatMap((objects) => [...objects]);
  }

  /** Deploys that were begun. */
  deploys(): number {
    return this.journal.filter((line) => line.startsWith('deploy ')).length;
  }

  activities(): HostActivities {
    const { script } = this;
    return {
      prepare: ({ head }) => {
        this.journal.push('prepare');
        return Promise.resolve({
          head: { commit: head, chaos: true },
          images: { base: [], head: ['nginx:1.29.1'] },
          secrets: [],
          services: ['app'],
          specs: ['install'],
          skips: [],
          before: [],
          limits: {
            deployTimeoutMs: 60_000,
            httpTimeoutMs: 10_000,
            steadyMs: 1000,
            backupTimeoutMs: 60_000,
            restoreTimeoutMs: 60_000,
          },
          refusals: [],
          ...script.plan,
        });
      },
      fetchImages: ({ images, memory = [] }) => {
        this.journal.push('fetch');
        const needed = memory.reduce((sum, { bytes }) => sum + bytes, 0);
        if (needed > (script.memoryBytes ?? Infinity)) throw failure('E_MEMORY');
        const missing = images.filter((name) => script.missingImages?.includes(name));
        if (missing.length > 0) throw failure('E_IMAGE_UNKNOWN');
        const refusal = script.registryFails?.();
        if (refusal) throw refusal;
        const outcome = script.pulls ? 'pulled' : 'present';
        return Promise.resolve(images.map((name) => ({ name, outcome, digest: 'sha256:00' })));
      },
      ...fakeData(script.data ?? {}, this.journal),
      deployApp: async ({ environment, app, version }) => {
        this.journal.push(`deploy ${environment.id}${app.role === 'app' ? '' : ` ${app.role}`}`);
        this.refuseWhenClosed(environment);
        const objects = this.existing.get(environment.id) ?? new Set<string>();
        this.existing.set(environment.id, objects.add(`${app.stack}_secret`));
        this.runs.set(environment.id, environment.runId);
        await this.work(script.deployMs ?? 0);
        while (script.deployed?.() === false) await this.work(50);
        this.refuseWhenClosed(environment);
        const unready = app.role === 'app' ? undefined : script.dependencies?.[app.role];
        if (unready !== undefined && unready !== 'silent') throw failure(unready);
        const ownFails = script.deployFails ?? (version.chaos ? undefined : script.baseFails);
        const fails = app.role === 'app' ? ownFails : undefined;
        if (fails) throw failure(fails);
        const { attempt } = Context.current().info;
        if (attempt <= (script.faultyDeploys ?? 0)) throw infraFault(attempt);
        objects.add(`${app.stack}_app`);
        return tried(attempt, { deployId: 'd1', contentHash: '00', resumed: false, services: ['app'] });
      },
      wireApp: ({ app }) => {
        this.journal.push(`wire ${app.role}`);
        return Promise.resolve(first(null));
      },
      awaitDependency: async ({ app }) => {
        await this.work(script.dependencyMs ?? 0);
        const ok = script.dependencies?.[app.role] !== 'silent';
        this.journal.push(`${ok ? 'ready' : 'not ready'} ${app.role}`);
        return first([{ name: 'answers', ok, detail: 'GET / answered 502' }]);
      },
      runSpecs: async ({ stage, turn, dependencies }) => {
        while (!this.allowed.has(turn)) await this.work(20);
        this.journal.push(`specs ${stage}`);
        const isUnready = dependencies?.some(({ unready }) => unready !== undefined);
        const status = isUnready ? 'unverified' : (script.specStatus ?? 'pass');
        const ok = status === 'pass';
        const assertions =
          status === 'pass' || status === 'fail' ? [{ name: 'a spec', ok, detail: status }] : [];
        const counts = { passed: ok ? 1 : 0, failed: status === 'fail' ? 1 : 0, skipped: 0 };
        const code = status === 'fail' ? { code: 'E_SPEC' as const } : {};
        return first({ status, assertions, counts, screenshots: [], ...code });
      },
      runRepositorySpecs: async () => {
        await this.work(1);
        this.journal.push('specs of the repository');
        const status = script.repositorySpecStatus ?? 'pass';
        const ok = status === 'pass';
        const counts = { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
        const spec = { name: 'repository: spec: a', ok, detail: status };
        // A spec that was skipped claims nothing.
        const assertions = status === 'unverified' ? [] : [spec];
        return first({
          status,
          assertions,
          counts,
          screenshots: [],
          ...(ok ? {} : { code: 'E_SPEC' as const }),
        });
      },
      allowSpecs: ({ turn }) => {
        this.allowed.add(turn);
        return Promise.resolve(null);
      },
      collectEvidence: ({ environment, by }) => {
        this.journal.push(`evidence by ${by}`);
        if (script.evidenceFails) throw failure('E_INTERNAL');
        const begun = (role: string) =>
          this.journal.includes(`deploy ${environment.id}${role === 'app' ? '' : ` ${role}`}`);
        const deployed = environment.apps.map(({ role }) => role).filter(begun);
        return Promise.resolve({ serviceLogs: [], deployCount: deployed.length, deployed });
      },
      closeFence: ({ environment }) => {
        this.journal.push(`fence ${environment.id}`);
        this.closed.add(environment.id);
        return Promise.resolve({ killed: 0 });
      },
      removeEnvironment: ({ environment }) => {
        this.journal.push(`remove ${environment.id}`);
        const objects = [...(this.existing.get(environment.id) ?? [])];
        const staying = this.leaky > 0 ? objects.slice(0, 1) : [];
        this.leaky -= 1;
        this.existing.set(environment.id, new Set(staying));
        const owned = (names: string[]) => names.map((name) => ({ kind: 'service' as const, name }));
        return Promise.resolve({
          removed: owned(objects.filter((name) => !staying.includes(name))),
          left: owned(staying),
        });
      },
      writeResults: (results) => {
        this.journal.push(`results ${results.verdict}`);
        this.written.push(results);
        return Promise.resolve({ path: 'results.json' });
      },
      amendResults: ({ teardown }) => {
        this.amended.push(teardown);
        return Promise.resolve();
      },
      takeInventory: () => Promise.resolve([]),
      planWarm: () => {
        this.journal.push('plan warm');
        const { planned, proven = false } = script.warm ?? {};
        if (!planned) throw failure('E_RECIPE_FOLDER');
        return Promise.resolve({ planned, proven });
      },
      probeWarm: ({ planned }) => {
        this.journal.push(`look ${planned.version.tag}`);
        const { unhealthy, realms = 0 } = script.warm ?? {};
        const at = new Date().toISOString();
        return Promise.resolve(
          unhealthy === undefined ? { healthy: true, realms, at } : { healthy: false, reason: unhealthy, at },
        );
      },
      forgetWarm: () => {
        this.journal.push('forget warm');
        return Promise.resolve();
      },
      awaitWarm: ({ environment, warm }) => {
        this.journal.push(`ready ${warm.provider} ${environment.realms?.[0]?.name ?? 'without a realm'}`);
        return Promise.resolve(first(script.warm?.unhealthy ?? null));
      },
      surveyHost: () => Promise.resolve(this.survey()),
      readOrphan: (ref) => Promise.resolve(this.readOrphan(ref)),
      writeTeardown: ({ runId, teardown }) => {
        this.journal.push(`teardown of ${runId}`);
        this.teardowns.push(teardown);
        return Promise.resolve();
      },
    };
  }

  /** Something exists of an environment that nobody made here. */
  plant(environmentId: string, runId?: string): void {
    this.existing.set(environmentId, new Set([`${environmentId.slice(0, 8)}_app`]));
    if (runId !== undefined) this.runs.set(environmentId, runId);
  }

  private survey(): Survey {
    this.journal.push('survey');
    const environments = [...this.existing]
      .filter(([, objects]) => objects.size > 0)
      .map(([environmentId, objects]) => ({
        environmentId,
        ...runOf(this.runs.get(environmentId)),
        kinds: { service: objects.size },
      }));
    return { environments, omitted: this.script.omitted ?? 0, strangers: this.script.strangers ?? [] };
  }

  private readOrphan({ environmentId, instance, host }: OrphanRef): Orphan {
    const runId = this.runs.get(environmentId) ?? 'run-unknown';
    const app = { role: 'app', recipe: 'sample', source: '', domain: 'a.ci.test', stack: 'a_ci_test' };
    const { requests = {}, published = [] } = this.script;
    const run = requests[environmentId];
    return {
      environment: { id: environmentId, runId, instance, host, apps: [app] },
      published: published.includes(environmentId),
      ...(run ? { request: { run, startedAt: new Date().toISOString() } } : {}),
    };
  }

  private refuseWhenClosed({ id }: Environment): void {
    if (this.closed.has(id)) throw failure('E_FENCED');
  }

  private async work(ms: number): Promise<void> {
    const context = Context.current();
    for (const until = Date.now() + ms; Date.now() < until;) {
      context.heartbeat();
      await delay(50, undefined, { signal: context.cancellationSignal });
    }
  }
}

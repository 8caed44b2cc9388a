import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { HostActivities } from '../../activities/types.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Environment, Plan } from '../../domain/plan.ts';
import type { Results, TeardownReport } from '../../domain/results.ts';

/** What a scripted host does differently from one on which everything works at once. */
export interface HostScript {
  plan?: Partial<Plan>;
  /** Milliseconds a deploy takes, heartbeating. */
  deployMs?: number;
  deployFails?: ErrorCode;
  /** An assertion of the install stage that does not hold. */
  brokenAssertion?: string;
  specStatus?: 'pass' | 'fail' | 'unverified' | 'none';
  /** No evidence can be collected, nor the deploys counted. */
  evidenceFails?: boolean;
  /** Removal passes that leave the first object behind. */
  leakyPasses?: number;
}

/** A host of a test: keeps what exists by environment, and a journal of what was done. */
export class FakeHost {
  readonly journal: string[] = [];
  readonly existing = new Map<string, Set<string>>();
  readonly written: Results[] = [];
  readonly amended: TeardownReport[] = [];
  readonly closed = new Set<string>();
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

  activities(): HostActivities {
    const { script } = this;
    return {
      prepare: ({ head }) => {
        this.journal.push('prepare');
        return Promise.resolve({
          head: { commit: head, chaos: true },
          images: ['nginx:1.29.1'],
          secrets: [],
          services: ['app'],
          specs: ['install'],
          limits: { deployTimeoutMs: 60_000, httpTimeoutMs: 10_000 },
          refusals: [],
          ...script.plan,
        });
      },
      fetchImages: ({ images }) => {
        this.journal.push('fetch');
        return Promise.resolve(images.map((name) => ({ name, outcome: 'present', digest: 'sha256:00' })));
      },
      deployApp: async ({ environment, app }) => {
        this.journal.push(`deploy ${environment.id}`);
        this.refuseWhenClosed(environment);
        const objects = this.existing.get(environment.id) ?? new Set<string>();
        this.existing.set(environment.id, objects.add(`${app.stack}_secret`));
        await this.work(script.deployMs ?? 0);
        this.refuseWhenClosed(environment);
        if (script.deployFails) throw failure(script.deployFails);
        objects.add(`${app.stack}_app`);
        return first({ deployId: 'd1', contentHash: '00', resumed: false, services: ['app'] });
      },
      awaitConverged: () => Promise.resolve(first([])),
      assertInstalled: () => {
        const broken = script.brokenAssertion;
        const assertions = [{ name: 'answers over the public hostname', ok: true, detail: '200' }];
        if (broken !== undefined) assertions.push({ name: broken, ok: false, detail: 'not so' });
        return Promise.resolve(first(assertions));
      },
      runSpecs: () => {
        const status = script.specStatus ?? 'pass';
        const ok = status === 'pass';
        const assertions =
          status === 'pass' || status === 'fail' ? [{ name: 'a spec', ok, detail: status }] : [];
        const code = status === 'fail' ? { code: 'E_SPEC' as const } : {};
        return Promise.resolve(first({ status, assertions, screenshots: [], ...code }));
      },
      collectEvidence: ({ environment, by }) => {
        this.journal.push(`evidence by ${by}`);
        if (script.evidenceFails) throw failure('E_INTERNAL');
        const deployed = this.journal.some((line) => line === `deploy ${environment.id}`);
        return Promise.resolve({ serviceLogs: [], deployCount: deployed ? 1 : 0 });
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

/** The outcome of a step at its first attempt. */
const first = <T>(value: T) => ({ attempt: 1, value });

function failure(code: ErrorCode): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${code} as scripted`, code);
}

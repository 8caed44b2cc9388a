import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError, type ErrorCode } from '../../../domain/errors.ts';
import type { App, Environment, Version } from '../../../domain/plan.ts';
import type { Owned } from '../../../domain/results.ts';
import type { Operation } from '../../support/operation.ts';
import type { InventoryItem, InventoryScope, Platform, ServiceState } from '../port.ts';

export type DummyStep = Exclude<keyof Platform, 'serviceStates' | 'taskHistory' | 'inventory'>;

/** What the platform does differently from one on which everything works at once. */
export interface DummyScript {
  /** Milliseconds that a step takes. */
  readonly delayMs?: Partial<Record<DummyStep, number>>;
  /** Steps that fail, and with what; `times` of them when given, else always. */
  readonly fail?: Partial<Record<DummyStep, { readonly code: ErrorCode; readonly times?: number }>>;
  /** Steps that begin and never end, until they are aborted. */
  readonly hang?: readonly DummyStep[];
  /** Removals that leave the first object of an app behind. */
  readonly leakyRemovals?: number;
}

interface Deployed {
  readonly deployId: string;
  readonly version: Version;
}

interface DummyApp {
  readonly environment: Environment;
  readonly objects: Map<string, Owned>;
  deployed: Deployed | undefined;
}

/** An app of one service, `app`, with one secret, one volume and one network, all in memory. */
export function createDummyPlatform(script: DummyScript = {}): Platform {
  const apps = new Map<string, DummyApp>();
  const failures = new Map<DummyStep, number>();
  let leaky = script.leakyRemovals ?? 0;

  async function step(name: DummyStep, { signal, progress }: Operation): Promise<void> {
    signal.throwIfAborted();
    progress(name);
    if (script.hang?.includes(name)) await delay(2 ** 31 - 1, undefined, { signal, ref: false });
    await delay(script.delayMs?.[name] ?? 0, undefined, { signal });
    const failure = script.fail?.[name];
    const failed = failures.get(name) ?? 0;
    if (failure && failed < (failure.times ?? Infinity)) {
      failures.set(name, failed + 1);
      throw new CodedError(failure.code, `${name}, as scripted`);
    }
  }

  function existing(app: App): DummyApp {
    const found = apps.get(app.stack);
    if (!found) throw new CodedError('E_DOCKER', `${app.stack} does not exist`);
    return found;
  }

  function make({ objects }: DummyApp, kind: Owned['kind'], name: string): void {
    objects.set(`${kind} ${name}`, { kind, name });
  }

  const statesOf = ({ deployed }: DummyApp): ServiceState[] => {
    if (!deployed) return [];
    const tasks = [`task-of-${deployed.deployId}`];
    const counts = { running: 1, desired: 1, restarts: 0, tasks };
    return [
      { service: 'app', image: imageOf(deployed.version), update: 'none', health: 'healthy', ...counts },
    ];
  };

  return {
    async versions(operation, _app, head) {
      await step('versions', operation);
      return { head: { commit: head, chaos: true }, previous: undefined };
    },
    async examine(operation, _app, version) {
      await step('examine', operation);
      return {
        services: ['app'],
        images: [imageOf(version)],
        secrets: ['token'],
        timeoutSeconds: undefined,
        refusals: [],
      };
    },
    async pullImages(operation, images) {
      await step('pullImages', operation);
      return images.map((name) => ({ name, outcome: 'present', digest: `sha256:${'0'.repeat(64)}` }));
    },
    async createApp(operation, app) {
      await step('createApp', operation);
      const { environment } = operation;
      const made = apps.get(app.stack) ?? { environment, objects: new Map(), deployed: undefined };
      apps.set(app.stack, made);
      make(made, 'file', `${app.domain}.env`);
      make(made, 'secret', `${app.stack}_token_v1`);
    },
    async deploy(operation, app, version) {
      const made = existing(app);
      const resumed = made.deployed?.version.commit === version.commit;
      const deployed = resumed && made.deployed ? made.deployed : { deployId: randomUUID(), version };
      made.deployed = deployed;
      make(made, 'network', `${app.stack}_default`);
      await step('deploy', operation);
      make(made, 'service', `${app.stack}_app`);
      make(made, 'container', `${app.stack}_app.1`);
      make(made, 'volume', `${app.stack}_data`);
      return { deployId: deployed.deployId, contentHash: version.commit, resumed, services: ['app'] };
    },
    async converged(operation, app) {
      await step('converged', operation);
      return statesOf(existing(app));
    },
    async exec(operation, app, service, argv) {
      await step('exec', operation);
      const made = existing(app);
      if (service !== 'app' || !made.deployed)
        throw new CodedError('E_DOCKER', `no running container of ${service}`);
      return { exitCode: 0, stdout: `${argv.join(' ')}\n`, stderr: '' };
    },
    async saveLogs(operation) {
      await step('saveLogs', operation);
      return [];
    },
    async undeploy(operation, app) {
      await step('undeploy', operation);
      const made = apps.get(app.stack);
      if (!made) return;
      made.deployed = undefined;
      const keep = leaky-- > 0 ? 1 : 0;
      removeKinds(made, ['service', 'container', 'network'], keep);
    },
    async removeData(operation, app) {
      await step('removeData', operation);
      const made = apps.get(app.stack);
      if (made) removeKinds(made, ['volume', 'secret', 'config'], 0);
    },
    async removeFiles(operation) {
      await step('removeFiles', operation);
      for (const app of operation.environment.apps) {
        const made = apps.get(app.stack);
        if (made) removeKinds(made, ['file'], 0);
      }
    },
    serviceStates: (app) => {
      const made = apps.get(app.stack);
      return Promise.resolve(made ? statesOf(made) : []);
    },
    taskHistory: () => Promise.resolve([]),
    inventory: (scope) => Promise.resolve([...apps.values()].flatMap((app) => itemsOf(app, scope))),
  };
}

const imageOf = ({ commit }: Version) => `dummy:${commit.slice(0, 8)}`;

function removeKinds({ objects }: DummyApp, kinds: readonly Owned['kind'][], keep: number): void {
  const doomed = [...objects].filter(([, { kind }]) => kinds.includes(kind)).slice(keep);
  for (const [key] of doomed) objects.delete(key);
}

function itemsOf({ environment, objects }: DummyApp, scope: InventoryScope): InventoryItem[] {
  const inScope =
    'instance' in scope ? scope.instance === environment.instance : scope.environment.id === environment.id;
  if (!inScope) return [];
  const { id, runId } = environment;
  return [...objects.values()].map((object) => ({ ...object, environmentId: id, runId }));
}

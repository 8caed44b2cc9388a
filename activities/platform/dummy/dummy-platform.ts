import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../../domain/errors.ts';
import type { RecipeTree } from '../../../domain/lint/recipe-tree.ts';
import type { App, Environment, Version } from '../../../domain/plan.ts';
import { appendLedger, intentsOf, readLedger } from '../../support/ledger.ts';
import type { Operation } from '../../support/operation.ts';
import type { HostPaths } from '../../support/paths.ts';
import type { Examination, InventoryScope, Platform, ServiceFacts, ServiceState } from '../port.ts';
import {
  stateInFile,
  stateInMemory,
  type DummyObject,
  type DummyState,
  type DummyStep,
} from './dummy-state.ts';

export interface DummyScript {
  /** Steps by method of the platform, as `{ converged: [{ fail: 'E_CRASH_LOOP' }] }`. */
  readonly steps?: Partial<Record<keyof Platform, DummyStep[]>>;
  /** Keep the state in this file, shared by all processes that name it. `steps` written into it count. */
  readonly stateFile?: string;
  /** Where intents are recorded, as the deploy count is read from the ledger. */
  readonly paths?: HostPaths;
  readonly services?: readonly string[];
  /** What `examine` finds, by recipe. */
  readonly examinations?: Readonly<Record<string, Partial<Examination>>>;
}

/** A platform that keeps everything in memory, or in one file, and fails as it is told to. */
export function createDummyPlatform(script: DummyScript): Platform {
  const initial = { steps: script.steps ?? {} };
  const change = script.stateFile ? stateInFile(script.stateFile, initial) : stateInMemory(initial);
  const services = script.services ?? ['app'];

  const examination = (app: App): Examination => ({
    services,
    images: services.map((service) => `dummy/${service}:1`),
    secrets: ['password'],
    timeoutSeconds: undefined,
    refusals: [],
    ...script.examinations?.[app.recipe],
  });

  /** Every call goes through here: it is counted, steered, and refused when its attempt has been superseded. */
  async function act<T>(
    operation: Operation,
    method: keyof Platform,
    recipe: string,
    effect: (state: DummyState, step: DummyStep) => T,
  ): Promise<T> {
    const step = change((state) => takeStep(state, method, recipe));
    if (step.delayMs) await delay(step.delayMs, undefined, { signal: operation.signal });
    operation.signal.throwIfAborted();
    if (step.fail) throw new CodedError(step.fail, step.message ?? `${method} fails as scripted`);
    // The fence refuses a child of a superseded attempt, and with it the change below.
    await operation.run(['true'], { timeoutMs: 10_000 });
    const result = change((state) => effect(state, step));
    if (step.crash) await forever(operation.signal);
    return result;
  }

  const remove = (
    operation: Operation,
    method: 'undeploy' | 'removeData' | 'removeFiles',
    recipe: string,
    matches: (object: DummyObject) => boolean,
  ) =>
    act(operation, method, recipe, (state, { leak = 0 }) => {
      const own = state.objects.filter(
        (object) => object.environmentId === operation.environment.id && matches(object),
      );
      const going = new Set(own.slice(leak));
      state.objects = state.objects.filter((object) => !going.has(object));
    });

  const statesOf = (app: App): ServiceState[] =>
    change(({ objects }) =>
      objects.filter((object) => object.kind === 'service' && object.stack === app.stack),
    ).map(({ name, image, deployId }) => ({
      service: name.slice(app.stack.length + 1),
      image: image ?? '',
      running: 1,
      desired: 1,
      update: 'none',
      health: 'none',
      restarts: 0,
      tasks: [`${name}-${deployId}`],
    }));

  return {
    versions: (operation, app, head) =>
      act(operation, 'versions', app.recipe, () => ({
        head: { commit: head, chaos: true },
        previous: PREVIOUS,
        published: new Map([[PREVIOUS.tag, PREVIOUS]]),
      })),
    examine: (operation, app) => act(operation, 'examine', app.recipe, () => examination(app)),
    readRecipe: (operation, app) =>
      act(operation, 'readRecipe', app.recipe, () => ({ ...FAULTLESS, stackName: app.stack })),
    pullImages: (operation, images) =>
      act(operation, 'pullImages', '', () =>
        images.map((name) => ({ name, outcome: 'present' as const, digest: `sha256:${hash(name)}` })),
      ),
    createApp: async (operation, app, version) => {
      refuse(examination(app));
      await act(operation, 'createApp', app.recipe, (state) => {
        put(state, operation.environment, app, 'file', `${app.domain}.env`);
        put(state, operation.environment, app, 'file', `tree-${version.commit}`);
        for (const name of examination(app).secrets) {
          put(state, operation.environment, app, 'secret', `${app.stack}_${name}_v1`);
        }
      });
    },
    deploy: async (operation, app, version) => {
      refuse(examination(app));
      const { intent, resumed } = await recordIntent(script.paths, operation.environment, app, version);
      await act(operation, 'deploy', app.recipe, (state) => {
        for (const service of services) {
          const facts = {
            deployId: intent.deployId,
            image: `dummy/${service}:${version.commit.slice(0, 8)}`,
          };
          put(state, operation.environment, app, 'service', `${app.stack}_${service}`, facts);
        }
        put(state, operation.environment, app, 'volume', `${app.stack}_data`);
      });
      return { ...intent, resumed, services };
    },
    converged: async (operation, app, { timeoutMs }) => {
      const states = await act(operation, 'converged', app.recipe, () => statesOf(app));
      if (states.length > 0) return states;
      throw new CodedError('E_CONVERGE_TIMEOUT', `after ${timeoutMs / 1000} s: no service exists yet`);
    },
    exec: (operation, app, service) =>
      act(operation, 'exec', app.recipe, () => {
        const states = statesOf(app);
        if (states.some((state) => state.service === service)) return { exitCode: 0, stdout: '', stderr: '' };
        const known = states.map((state) => state.service).join(', ') || 'none';
        throw new CodedError('E_DOCKER', `no running container of ${service}; services: ${known}`);
      }),
    serviceFacts: (app) => Promise.resolve(statesOf(app).map((state) => factsOf(app, state))),
    proveVersion: (operation, app, version) =>
      act(operation, 'proveVersion', app.recipe, () =>
        statesOf(app).map(({ service, image }) => ({
          name: `${service} runs the image of the version`,
          ok: image.endsWith(version.commit.slice(0, 8)),
          detail: image,
        })),
      ),
    writeVolumeFile: (operation, app, { path }, content) =>
      act(operation, 'writeVolumeFile', app.recipe, ({ files }) => {
        files[`${app.stack}/${path}`] = content;
      }),
    readVolumeFile: (operation, app, path) =>
      act(operation, 'readVolumeFile', app.recipe, ({ files }) => files[`${app.stack}/${path}`]),
    removeVolumeFile: (operation, app, path) =>
      act(operation, 'removeVolumeFile', app.recipe, (state) => {
        const kept = Object.entries(state.files).filter(([key]) => key !== `${app.stack}/${path}`);
        state.files = Object.fromEntries(kept);
      }),
    prepareBackup: (operation, app) => act(operation, 'prepareBackup', app.recipe, () => undefined),
    createBackup: (operation, app) =>
      act(operation, 'createBackup', app.recipe, ({ files, snapshots }) => {
        const id = hash(`${app.stack} ${Object.keys(snapshots).length}`);
        const own = Object.entries(files).filter(([key]) => key.startsWith(`${app.stack}/`));
        snapshots[id] = Object.fromEntries(own);
        const paths = [{ volume: 'data', volumeName: `${app.stack}_data`, path: '' }];
        return { id, services: [{ service: services[0] ?? 'app', version: 'v2', paths }] };
      }),
    snapshotContents: (operation, app, { id }) =>
      act(operation, 'snapshotContents', app.recipe, ({ snapshots }) =>
        Object.entries(snapshots[id] ?? {}).map(([key, content]) => ({
          volume: 'data',
          path: key.slice(app.stack.length + 1),
          type: 'file',
          bytes: content.length,
        })),
      ),
    restoreBackup: (operation, app, { id }) =>
      act(operation, 'restoreBackup', app.recipe, ({ files, snapshots }) => {
        Object.assign(files, snapshots[id]);
      }),
    secretValue: (operation, app, name) => act(operation, 'secretValue', app.recipe, () => `secret-${name}`),
    serviceStates: (app) => Promise.resolve(statesOf(app)),
    taskHistory: () => Promise.resolve([]),
    saveLogs: async (operation, app, folder) => {
      const names = await act(operation, 'saveLogs', app.recipe, () =>
        statesOf(app).map((one) => `${one.service}.log`),
      );
      await mkdir(folder, { recursive: true });
      for (const name of names) await writeFile(join(folder, name), 'dummy\n');
      return names;
    },
    undeploy: (operation, app) =>
      remove(operation, 'undeploy', app.recipe, (one) => one.stack === app.stack && one.kind === 'service'),
    removeData: (operation, app) =>
      remove(
        operation,
        'removeData',
        app.recipe,
        (one) => one.stack === app.stack && !['service', 'file'].includes(one.kind),
      ),
    removeFiles: (operation) =>
      remove(
        operation,
        'removeFiles',
        operation.environment.apps[0]?.recipe ?? '',
        (one) => one.kind === 'file',
      ),
    inventory: (scope) => Promise.resolve(change((state) => inventory(state, scope))),
    // Everything that exists here was made with its marks.
    strangers: () => Promise.resolve([]),
  };
}

const PREVIOUS = { tag: '1.0.0+1.0', commit: '1'.repeat(40), chaos: false };

/** A recipe that the linter has nothing against. */
const FAULTLESS: Omit<RecipeTree, 'stackName'> = {
  compose: [{ name: 'compose.yml', text: "version: '3.8'\n" }],
  stack: undefined,
  env: {},
  sample: '',
  files: ['.env.sample', 'compose.yml'],
  configs: [],
  tags: [],
};

/** Every service mounts the one volume, which is backed up whole. */
function factsOf(app: App, { service, image }: ServiceState): ServiceFacts {
  const volume = { volume: 'data', volumeName: `${app.stack}_data`, target: '/data', readOnly: false };
  const labels = { 'backupbot.backup': 'true' };
  return { service, image, volumes: [volume], labels, updateOrder: 'start-first' };
}

function takeStep(state: DummyState, method: string, recipe: string): DummyStep {
  state.calls.push(recipe === '' ? method : `${method} ${recipe}`);
  const steps = state.steps[method] ?? [];
  const step = steps.find((one) => (one.recipe ?? recipe) === recipe && (one.times ?? 1) > 0);
  if (step?.times !== undefined) step.times -= 1;
  return step ?? {};
}

/** Ensures an object; what exists gets the new facts. */
function put(
  state: DummyState,
  environment: Environment,
  app: App,
  kind: DummyObject['kind'],
  name: string,
  facts: Pick<DummyObject, 'deployId' | 'image'> = {},
): void {
  const { id: environmentId, instance, runId } = environment;
  const known = state.objects.find(
    (one) => one.kind === kind && one.name === name && one.environmentId === environmentId,
  );
  if (known) Object.assign(known, facts);
  else state.objects.push({ kind, name, environmentId, instance, runId, stack: app.stack, ...facts });
}

async function recordIntent(
  paths: HostPaths | undefined,
  environment: Environment,
  app: App,
  { commit, chaos }: Version,
) {
  const contentHash = hash(`${app.role} ${commit}`);
  const intent = { deployId: hash(`${environment.id} ${contentHash}`).slice(0, 12), contentHash };
  if (!paths) return { intent, resumed: false };
  const { ledger } = paths.environment(environment.id);
  const intents = intentsOf(await readLedger(ledger), app.role);
  if (intents.some((one) => one.deployId === intent.deployId)) return { intent, resumed: true };
  const change = intents.length === 0 ? ('create' as const) : ('update' as const);
  await appendLedger(ledger, { kind: 'intent', ...intent, app: app.role, version: commit, chaos, change });
  return { intent, resumed: false };
}

function refuse({ refusals: [first] }: Examination): void {
  if (first) throw new CodedError(first.code, `${first.file}:${first.line}: ${first.message}`);
}

function inventory(state: DummyState, scope: InventoryScope) {
  return state.objects
    .filter((one) =>
      'environment' in scope ? one.environmentId === scope.environment.id : one.instance === scope.instance,
    )
    .map(({ kind, name, environmentId, runId, stack }) => ({ kind, name, environmentId, runId, stack }));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

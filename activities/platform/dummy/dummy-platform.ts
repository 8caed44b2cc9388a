import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../../domain/errors.ts';
import type { RecipeTree } from '../../../domain/lint/recipe-tree.ts';
import type { App, Environment, Version } from '../../../domain/plan.ts';
import { appendLedger, intentsOf, readLedger } from '../../support/ledger.ts';
import type { HostPaths } from '../../support/paths.ts';
import type { Examination, Platform } from '../port.ts';
import { scriptedCalls } from './dummy-calls.ts';
import { factsOf, inventory, put, statesOf } from './dummy-objects.ts';
import { stateInFile, stateInMemory, type DummyStep } from './dummy-state.ts';

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
  const { act, remove } = scriptedCalls(change);
  const services = script.services ?? ['app'];

  const examination = (app: App): Examination => ({
    services,
    images: services.map((service) => `dummy/${service}:1`),
    secrets: ['password'],
    timeoutSeconds: undefined,
    refusals: [],
    ...script.examinations?.[app.recipe],
  });

  return {
    versions: (operation, app, head) =>
      act(operation, 'versions', app.recipe, () => ({
        head: { commit: head, chaos: true },
        previous: PREVIOUS,
        published: new Map([[PREVIOUS.tag, PREVIOUS]]),
      })),
    newest: (operation, app) => act(operation, 'newest', app.recipe, () => PREVIOUS),
    examine: (operation, app) => act(operation, 'examine', app.recipe, () => examination(app)),
    readRecipe: (operation, app) =>
      act(operation, 'readRecipe', app.recipe, () => ({ ...FAULTLESS, stackName: app.stack })),
    dataDisk: () => Promise.resolve(undefined),
    hostMemory: () => Promise.resolve(undefined),
    absentImages: () => Promise.resolve([]),
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
      const states = await act(operation, 'converged', app.recipe, (state) => statesOf(state, app));
      if (states.length > 0) return states;
      throw new CodedError('E_CONVERGE_TIMEOUT', `after ${timeoutMs / 1000} s: no service exists yet`);
    },
    exec: (operation, app, service, [program]) =>
      act(operation, 'exec', app.recipe, (state) => {
        const states = statesOf(state, app);
        // As in an image without a shell, for which whoever asks has another way.
        const exitCode = program === 'sh' ? 127 : 0;
        if (states.some((one) => one.service === service)) return { exitCode, stdout: '', stderr: '' };
        const known = states.map((state) => state.service).join(', ') || 'none';
        throw new CodedError('E_DOCKER', `no running container of ${service}; services: ${known}`);
      }),
    serviceFacts: (app) =>
      Promise.resolve(change((state) => statesOf(state, app)).map((one) => factsOf(app, one))),
    proveVersion: (operation, app, version) =>
      act(operation, 'proveVersion', app.recipe, (state) =>
        statesOf(state, app).map(({ service, image }) => ({
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
    repositorySpecs: (operation, app) =>
      act(operation, 'repositorySpecs', app.recipe, () => ({ files: new Map() })),
    runIsolated: (operation) => act(operation, 'runIsolated', '', () => ({ exitCode: 1, report: undefined })),
    serviceStates: (app) => Promise.resolve(change((state) => statesOf(state, app))),
    taskHistory: () => Promise.resolve([]),
    saveLogs: async (operation, app, folder) => {
      const names = await act(operation, 'saveLogs', app.recipe, (state) =>
        statesOf(state, app).map((one) => `${one.service}.log`),
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
    removeFiles: async (operation) => {
      const { apps, id } = operation.environment;
      await remove(operation, 'removeFiles', apps[0]?.recipe ?? '', (one) => one.kind === 'file');
      // What is computed from the dependencies is on the disk of the host, whatever the platform.
      if (script.paths) await rm(script.paths.environment(id).files, { recursive: true, force: true });
    },
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

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

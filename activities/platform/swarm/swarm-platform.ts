import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, Version } from '../../../domain/plan.ts';
import type { HostPaths } from '../../support/paths.ts';
import type { Operation } from '../../support/operation.ts';
import type { AppSettings, Examination, Platform } from '../port.ts';
import { createBackup, prepareBackup } from './backup/create-backup.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { snapshotContents } from './backup/snapshot-contents.ts';
import { ensureCheckout, findVersions, makeCheckout, newestVersion } from './checkout.ts';
import { converge } from './converge.ts';
import { createApp } from './create-app.ts';
import { deploy } from './deploy.ts';
import { examineApp } from './examine-app.ts';
import { execInService } from './exec.ts';
import { absentImages, pullImages } from './images.ts';
import { findStrangers, takeInventory } from './inventory.ts';
import { runIsolated } from './isolation/run-isolated.ts';
import { listTreeSpecs, readTreeSpecs } from './isolation/tree-specs.ts';
import { saveLogs } from './logs.ts';
import { dataDisk } from './data-disk.ts';
import { hostMemory } from './host-memory.ts';
import { readRecipe } from './read-recipe.ts';
import { removeData, removeFiles, undeploy } from './remove.ts';
import { secretValue } from './secret-store.ts';
import { proveVersion } from './prove-version.ts';
import { serviceFacts } from './service-facts.ts';
import { toTaskRecord, viewServices } from './service-state.ts';
import { serviceStates } from './service-states.ts';
import { readVolumeFile, removeVolumeFile, writeVolumeFile } from './volume-files.ts';
import { createSwarmContext, type SwarmConfig, type SwarmContext } from './swarm-context.ts';

/** Apps as stacks of the Docker Swarm whose socket is given, following abra's conventions. */
export function createSwarmPlatform(config: SwarmConfig, paths: HostPaths): Platform {
  const context = createSwarmContext(config, paths);
  const { docker } = context;
  return {
    versions: (operation, app, head) => findVersions(context, operation, app, head),
    newest: (operation, app) => newestVersion(context, operation, app),
    examine: (operation, app, version, settings) => examine(context, operation, app, version, settings),
    readRecipe: (operation, app, version, settings) => readRecipe(context, operation, app, version, settings),
    dataDisk: () => dataDisk(context),
    hostMemory: () => hostMemory(context),
    absentImages: (images) => absentImages(context, images),
    pullImages: (operation, images) => pullImages(context, operation, images),
    createApp: (operation, app, version, settings) => createApp(context, operation, app, version, settings),
    deploy: (operation, app, version, settings) => deploy(context, operation, app, version, settings),
    converged: (operation, app, options) => converge(context, operation, app, options),
    exec: (operation, app, service, argv, options) =>
      execInService(context, operation, app, service, argv, options),
    serviceFacts: (app) => serviceFacts(context, app),
    proveVersion: (operation, app, version, settings) =>
      proveVersion(context, operation, app, version, settings),
    writeVolumeFile: (operation, app, file, content) =>
      writeVolumeFile(context, operation, app, file, content),
    readVolumeFile: (operation, app, path) => readVolumeFile(context, operation, app, path),
    removeVolumeFile: (operation, app, path) => removeVolumeFile(context, operation, app, path),
    prepareBackup: (operation, app) => prepareBackup(context, operation, app),
    createBackup: (operation, app) => createBackup(context, operation, app),
    snapshotContents: (operation, app, snapshot) => snapshotContents(context, operation, app, snapshot),
    restoreBackup: (operation, app, snapshot) => restoreBackup(context, operation, app, snapshot),
    secretValue: (operation, app, name) => secretValue(context, operation, app, name),
    repositorySpecs: async (operation, app, version) =>
      readTreeSpecs(await ensureCheckout(context, operation, app, version)),
    runIsolated: (operation, task) => runIsolated(context, operation, task),
    serviceStates: (app) => serviceStates(context, app),
    taskHistory: async (app) => {
      const views = await viewServices(docker, app);
      return views.flatMap((view) => view.tasks.map((task) => toTaskRecord(view, task)));
    },
    saveLogs: (operation, app, folder) => saveLogs(context, operation, app, folder),
    undeploy: (operation, app) => undeploy(context, operation, app),
    removeData: (operation, app) => removeData(context, operation, app),
    removeFiles: (operation) => removeFiles(context, operation),
    inventory: (scope) => takeInventory(context, scope),
    strangers: (zone) => findStrangers(context, zone),
  };
}

/** In a folder that is gone afterwards: the environment need not exist yet. */
async function examine(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  settings: AppSettings,
): Promise<Examination> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-examine-'));
  try {
    const tree = join(scratch, 'tree');
    await makeCheckout(context, operation, app, version, tree);
    const examined = await examineApp(context, operation, tree, { app, version, settings });
    return {
      services: examined.services,
      images: examined.images,
      secrets: examined.secrets.map(({ name }) => name),
      timeoutSeconds: examined.timeoutSeconds,
      reservedBytes: examined.reservedBytes,
      refusals: examined.refusals,
      repositorySpecs: await listTreeSpecs(tree),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

import type { Platform } from '../../../activities/platform/port.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { coopLabel } from '../../../domain/labels.ts';
import type { App } from '../../../domain/plan.ts';
import { loadWorkerConfig } from '../../../worker/config.ts';
import type { Defect } from '../case.ts';
import { leavingServices } from './leak.ts';

const notHead = { stage: 'upgrade', class: 'harness', code: 'E_NOT_HEAD' } as const;

/** The docker client of the stack, as a defective adapter would use it. */
async function docker(operation: Operation, ...args: readonly string[]): Promise<void> {
  const { CCI_DOCKER_BIN, CCI_DOCKER_HOST } = loadWorkerConfig();
  await operation.run([CCI_DOCKER_BIN, ...args], {
    env: { DOCKER_HOST: CCI_DOCKER_HOST },
    timeoutMs: 60_000,
  });
}

/** Another way to make the second deploy of an app, which is that of the head. */
function upgradingBy(platform: Platform, deployHead: Platform['deploy']): Platform {
  let receipt: ReturnType<Platform['deploy']> | undefined;
  return {
    ...platform,
    deploy: (...what) => (receipt ? deployHead(...what) : (receipt = platform.deploy(...what))),
  };
}

/** Replaces the container of a service, whatever is going on in it. */
function replaceContainer(operation: Operation, app: App, service: string): Promise<void> {
  return docker(operation, 'service', 'update', '--force', '--detach', `${app.stack}_${service}`);
}

/** Adapters that do not do what the port asks for, or tell something else than there is. */
export const defectiveAdapters: readonly Defect[] = [
  {
    name: 'the adapter only changes the label to that of the head',
    recipe: 'greeter',
    adapter: (platform) =>
      upgradingBy(platform, async (operation, app, version) => {
        const label = `${coopLabel(app.stack, 'chaos-version')}=${version.commit.slice(0, 8)}`;
        const chaos = `${coopLabel(app.stack, 'chaos')}=true`;
        const service = `${app.stack}_app`;
        await docker(
          operation,
          ...['service', 'update', '--detach', '--label-add', label, '--label-add', chaos, service],
        );
        return { deployId: 'none', contentHash: 'none', resumed: false, services: ['app'] };
      }),
    ...notHead,
  },
  {
    name: 'the adapter deploys the image of the base with the label of the head',
    recipe: 'greeter',
    adapter: (platform) =>
      upgradingBy(platform, (operation, app, version, settings) =>
        platform.deploy(operation, app, version, {
          ...settings,
          overlay: { services: { app: { image: 'coopcloud/notes:1.0.0' } } },
        }),
      ),
    ...notHead,
  },
  {
    name: 'the adapter deploys the head with another variable',
    recipe: 'greeter',
    adapter: (platform) =>
      upgradingBy(platform, async (operation, app, version, settings) => {
        const receipt = await platform.deploy(operation, app, version, settings);
        await docker(
          operation,
          ...['service', 'update', '--detach', '--env-add', 'GREETING=Bonjour', `${app.stack}_app`],
        );
        return receipt;
      }),
    ...notHead,
  },
  {
    name: 'the adapter takes the deploy of the head for done',
    recipe: 'greeter',
    adapter: (platform) =>
      upgradingBy(platform, () =>
        Promise.resolve({ deployId: 'none', contentHash: 'none', resumed: true, services: ['app'] }),
      ),
    ...notHead,
  },
  {
    name: 'the adapter deploys the app twice',
    recipe: 'greeter',
    adapter: (platform) => {
      let deploys = 0;
      return {
        ...platform,
        deploy: async (operation, app, version, settings) => {
          const receipt = await platform.deploy(operation, app, version, settings);
          deploys += 1;
          if (deploys > 1) return receipt;
          await platform.undeploy(operation, app);
          return platform.deploy(operation, app, { ...version, chaos: !version.chaos }, settings);
        },
      };
    },
    stage: 'prepare',
    class: 'harness',
    code: 'E_DEPLOY_COUNT',
  },
  {
    name: 'the adapter leaves the services when it removes an app',
    recipe: 'greeter',
    ...leavingServices(),
    stage: 'prepare',
    class: 'leak',
    code: 'E_RESIDUE',
  },
  {
    name: 'the adapter loses the dump of every snapshot',
    recipe: 'notes-postgres',
    adapter: (platform) => ({
      ...platform,
      snapshotContents: async (...of) => {
        const entries = await platform.snapshotContents(...of);
        return entries.filter(({ path }) => path !== 'backup.sql');
      },
    }),
    stage: 'backup',
    class: 'recipe',
    code: 'E_BACKUP_INCOMPLETE',
  },
  {
    name: 'the container is replaced while it is being saved, in every attempt [F-44, R-26]',
    recipe: 'custom-html',
    adapter: (platform) => ({
      ...platform,
      createBackup: async (operation, app) => {
        const saving = platform.createBackup(operation, app);
        await replaceContainer(operation, app, 'app');
        return saving;
      },
    }),
    stage: 'backup',
    class: 'recipe',
    code: 'E_BACKUP_INCOMPLETE',
  },
  {
    name: 'the adapter restores nothing',
    recipe: 'notes-mariadb',
    adapter: (platform) => ({ ...platform, restoreBackup: () => Promise.resolve() }),
    stage: 'restore',
    class: 'recipe',
    code: 'E_RESTORE_LOST',
  },
  {
    name: 'the adapter does not remove the marker that it is to destroy',
    recipe: 'custom-html',
    adapter: (platform) => ({ ...platform, removeVolumeFile: () => Promise.resolve() }),
    stage: 'restore',
    class: 'harness',
    code: 'E_MARKER',
  },
];

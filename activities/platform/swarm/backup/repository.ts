import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SNAPSHOT_TIMEOUT_MS, type ServiceBackup } from '../../../../domain/backup.ts';
import { CCI_LABELS, markLabels } from '../../../../domain/labels.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import type { CommandResult } from '../../../support/run-command.ts';
import { readFileIfAny, writeEnvironmentFile } from '../../../support/environment-files.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { HELPER_LABEL, runWithVolumes, type HelperOptions, type VolumeMount } from '../volume-helper.ts';

const REPOSITORY = '/repository';

/** Where a volume's files are in every snapshot, followed by its compose key. */
export const VOLUMES = '/volumes';

/**
 * Ensures that the app has a restic repository: a volume of the app, so that it is removed and reported with the
 * others. Its password is on the disk of the host before it is used.
 */
export async function ensureRepository(context: SwarmContext, operation: Operation, app: App): Promise<void> {
  const { environment } = operation;
  const file = passwordFile(context, operation);
  if ((await readFileIfAny(file)) === undefined) {
    await writeEnvironmentFile(operation, file, randomBytes(24).toString('base64url'));
  }
  const marks = markLabels({
    instance: environment.instance,
    run: environment.runId,
    environment: environment.id,
    deploy: 'backup',
  });
  const labels = Object.entries(marks).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  await context.command(operation, ['volume', 'create', ...labels, '--', repositoryVolume(app)], {
    quiet: true,
  });
}

/**
 * Runs a shell script with restic on the repository of an app. Scripts find the repository and its password in their
 * environment: of the helper container, which only whoever may use the daemon can inspect, and never in an argv.
 */
export async function runRestic(
  context: SwarmContext,
  operation: Operation,
  app: App,
  script: readonly [string, ...string[]],
  options: Partial<HelperOptions> & { readonly change: boolean },
): Promise<CommandResult> {
  const { change, mounts = [], ...rest } = options;
  const password = (await readFileIfAny(passwordFile(context, operation))) ?? '';
  operation.hide(password);
  const [text, ...args] = script;
  return runWithVolumes(context, operation, ['sh', '-c', text, 'restic', ...args], {
    timeoutMs: SNAPSHOT_TIMEOUT_MS,
    quiet: true,
    ...rest,
    mounts: [...mounts, { volumeName: repositoryVolume(app), target: REPOSITORY, readOnly: !change }],
    env: { RESTIC_REPOSITORY: REPOSITORY, RESTIC_PASSWORD: password },
  });
}

/** Mounts of all volumes that are saved, below `folder` by their compose keys. */
export function volumeMounts(
  services: readonly ServiceBackup[],
  folder: string,
  readOnly: boolean,
): readonly VolumeMount[] {
  const names = new Map(services.flatMap(({ paths }) => paths.map((path) => [path.volume, path.volumeName])));
  return [...names].map(([volume, volumeName]) => ({
    volumeName,
    target: join(folder, volume),
    readOnly,
  }));
}

/** Removes the helper containers of earlier attempts: restic goes on when its client or the worker is killed. */
export async function endHelpers({ docker, command }: SwarmContext, operation: Operation): Promise<void> {
  const left = await docker.containers({
    label: [HELPER_LABEL, `${CCI_LABELS.environment}=${operation.environment.id}`],
  });
  if (left.length === 0) return;
  operation.log(`${left.length} helper containers of an earlier attempt are removed`);
  // One that has just ended removes itself, and is then not found.
  const ids = left.map(({ Id }) => Id);
  await command(operation, ['container', 'rm', '--force', '--', ...ids], { accept: [0, 1] });
}

function repositoryVolume(app: App): string {
  return `${app.stack}_cc-ci-backups`;
}

function passwordFile({ paths }: SwarmContext, { environment }: Operation): string {
  return join(paths.environment(environment.id).private, 'restic-password');
}

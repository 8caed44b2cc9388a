import { join } from 'node:path';
import type { Snapshot } from '../../../../domain/backup.ts';
import { emptyDumps } from '../../../../domain/backup-verification.ts';
import { CodedError } from '../../../../domain/errors.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { endHooks, runHook, type HookKind } from './hooks.ts';
import { endHelpers, runRestic, volumeMounts, VOLUMES } from './repository.ts';
import { mayHoldDumps } from './judge-dump.ts';
import { snapshotContents } from './snapshot-contents.ts';

/** Below the container's temporary folder: restic sets owner and mode of every folder on the way to a file. */
const TARGET = '/tmp/restore';
const RESTORE = `exec restic restore --quiet --no-lock --no-cache --target ${TARGET} -- "$1"`;

/**
 * Restores as backup-bot-two does: hooks around putting the files back, over what is there and without deleting
 * anything. A dump that would bring nothing back is refused before anything is touched.
 */
export async function restoreBackup(
  context: SwarmContext,
  operation: Operation,
  app: App,
  snapshot: Snapshot,
): Promise<void> {
  const { services } = snapshot;
  await endHelpers(context, operation);
  if (mayHoldDumps(services)) {
    const empty = emptyDumps(services, await snapshotContents(context, operation, app, snapshot));
    if (empty.length > 0) throw new CodedError('E_BACKUP_INCOMPLETE', empty.join('; '));
  }
  for (const { service } of services) await endHooks(context, operation, app, service);
  const run = async (service: string, kind: HookKind, hook: string | undefined) => {
    if (hook !== undefined) await runHook(context, operation, app, { service, kind, hook });
  };
  for (const { service, restorePreHook } of services) await run(service, 'restore pre-hook', restorePreHook);
  operation.progress(`${app.domain}: restoring the files`);
  await runRestic(context, operation, app, [RESTORE, snapshot.id], {
    change: false,
    quiet: false,
    mounts: volumeMounts(services, join(TARGET, VOLUMES), false),
  });
  for (const { service, restorePostHook } of services)
    await run(service, 'restore post-hook', restorePostHook);
}

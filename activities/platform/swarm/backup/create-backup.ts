import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ServiceBackup, Snapshot } from '../../../../domain/backup.ts';
import { serviceBackups } from '../../../../domain/backup-labels.ts';
import { CodedError } from '../../../../domain/errors.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import { serviceFacts } from '../service-facts.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { enumerateBackup, replacedSince, type Enumeration } from './enumerate-backup.ts';
import { endHooks, runHook, type HookKind } from './hooks.ts';
import { endHelpers, ensureRepository, runRestic, volumeMounts, VOLUMES } from './repository.ts';

/** None of the paths exists. */
const NOTHING = 10;
/** restic made a snapshot without some of the files, because they could not be read or vanished. */
const INCOMPLETE = 3;
const SETTLE_MS = 3000;
const PAUSE_MS = 250;

/** Choosing how costly guesses at the password shall be takes restic some seconds. */
const MAKE = '[ -e "$RESTIC_REPOSITORY/config" ] || exec restic init --no-cache >&2';

/**
 * A killed restic leaves its lock; nobody else uses the repository, so all go. Paths that do not exist, as a dump that
 * was not written, are left out: the look into the snapshot tells.
 */
const SAVE = `
set -e
if ! [ -e "$RESTIC_REPOSITORY/config" ]; then restic init --no-cache >&2
elif [ -n "$(ls -A "$RESTIC_REPOSITORY/locks")" ]; then restic unlock --remove-all --no-cache >&2; fi
tag=$1
shift
for path do shift; if [ -e "$path" ]; then set -- "$@" "$path"; fi; done
[ $# -gt 0 ] || exit ${NOTHING}
exec restic backup --json --quiet --no-cache --host cc-ci --tag "$tag" -- "$@"`;

const summarySchema = z.looseObject({ message_type: z.literal('summary'), snapshot_id: z.string() });

/** Makes the repository of an app that asks to be backed up. */
export async function prepareBackup(context: SwarmContext, operation: Operation, app: App): Promise<void> {
  if (serviceBackups(await serviceFacts(context, app)).length === 0) return;
  await ensureRepository(context, operation, app);
  await runRestic(context, operation, app, [MAKE], { change: true });
}

/** One backup: enumeration, pre-hooks, snapshot, and the post-hooks whatever failed before (point 6 of the port). */
export async function createBackup(
  context: SwarmContext,
  operation: Operation,
  app: App,
): Promise<Snapshot | undefined> {
  await endHelpers(context, operation);
  const enumeration = await enumerateBackup(context, app);
  const { services } = enumeration;
  if (services.length === 0) return undefined;
  for (const { service } of services) await endHooks(context, operation, app, service);
  const faults: unknown[] = [];
  const id = await saveWithHooks(context, operation, app, services, faults);
  const replaced = await lookForReplaced(context, operation, app, enumeration, faults);
  const [fault] = faults;
  if (replaced.length > 0 && (fault === undefined || isFaultOfApp(fault))) {
    // It explains a hook that failed, and without it nothing would tell that the snapshot is of two lives.
    const hook = fault === undefined ? '' : `; ${fault.message}`;
    throw new CodedError(
      'E_BACKUP_INCOMPLETE',
      `${replaced.join(', ')} was replaced while it was being saved${hook}`,
    );
  }
  if (faults.length > 0) throw fault;
  return { id, services: [...services] };
}

/** A container whose process has just been killed is listed as running for a moment, so a fault is reason to wait. */
async function lookForReplaced(
  context: SwarmContext,
  operation: Operation,
  app: App,
  enumeration: Enumeration,
  faults: unknown[],
): Promise<readonly string[]> {
  const end = faults.some(isFaultOfApp) ? Date.now() + SETTLE_MS : 0;
  try {
    for (;;) {
      const replaced = await replacedSince(context, app, enumeration);
      if (replaced.length > 0 || Date.now() >= end) return replaced;
      await delay(PAUSE_MS, undefined, { signal: operation.signal });
    }
  } catch (fault) {
    faults.push(fault);
    return [];
  }
}

function isFaultOfApp(fault: unknown): fault is CodedError {
  return fault instanceof CodedError && ['E_HOOK', 'E_DOCKER', 'E_BACKUP_INCOMPLETE'].includes(fault.code);
}

async function saveWithHooks(
  context: SwarmContext,
  operation: Operation,
  app: App,
  services: readonly ServiceBackup[],
  faults: unknown[],
): Promise<string> {
  const run = async (service: string, kind: HookKind, hook: string | undefined) => {
    if (hook !== undefined) await runHook(context, operation, app, { service, kind, hook });
  };
  let id = '';
  try {
    for (const { service, preHook } of services) await run(service, 'backup pre-hook', preHook);
    id = await save(context, operation, app, services);
  } catch (fault) {
    faults.push(fault);
  }
  for (const { service, postHook } of services) {
    await run(service, 'backup post-hook', postHook).catch((fault: unknown) => faults.push(fault));
  }
  return id;
}

async function save(
  context: SwarmContext,
  operation: Operation,
  app: App,
  services: readonly ServiceBackup[],
): Promise<string> {
  const wanted = services.flatMap(({ paths }) =>
    paths.map(({ volume, path }) => join(VOLUMES, volume, path)),
  );
  const paths = [...new Set(wanted)];
  if (paths.length === 0) throw new CodedError('E_BACKUP_INCOMPLETE', 'the labels name nothing that exists');
  operation.progress(`${app.domain}: saving ${paths.length} paths`);
  await ensureRepository(context, operation, app);
  const { exitCode, stdout, stderr } = await runRestic(context, operation, app, [SAVE, app.stack, ...paths], {
    change: true,
    mounts: volumeMounts(services, VOLUMES, true),
    accept: [0, INCOMPLETE, NOTHING],
  });
  if (exitCode === NOTHING)
    throw new CodedError('E_BACKUP_INCOMPLETE', `nothing exists of ${paths.join(', ')}`);
  if (exitCode === INCOMPLETE) {
    const said = operation.redact(stderr.trim()).slice(-500);
    throw new CodedError('E_BACKUP_INCOMPLETE', `files could not be read: ${said}`);
  }
  return summarySchema.parse(JSON.parse(stdout)).snapshot_id;
}

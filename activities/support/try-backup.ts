import type { BackupAttempt, PathSize, Snapshot } from '../../domain/backup.ts';
import { pathSizes } from '../../domain/backup-sizes.ts';
import { verifySnapshot, type SnapshotClaims } from '../../domain/backup-verification.ts';
import { CodedError, type ErrorCode } from '../../domain/errors.ts';
import type { App } from '../../domain/plan.ts';
import type { Platform } from '../platform/port.ts';
import type { Operation } from './operation.ts';

/**
 * What a new whole backup may not meet again: a container that was being replaced, a hook that met one, a helper that
 * failed. Each attempt runs the recipe's hooks, so all of them count against the same bound.
 */
const OF_THE_ATTEMPT: readonly ErrorCode[] = [
  'E_HOOK',
  'E_BACKUP_INCOMPLETE',
  'E_DOCKER',
  'E_COMMAND',
  'E_COMMAND_TIMEOUT',
];
/** Bounds of what an outcome carries. */
const MOST_FAULTS = 20;
const FAULT_LENGTH = 600;

/** Whose backup it is, and what is claimed of it besides the labels. */
export interface BackupOf {
  readonly platform: Pick<Platform, 'createBackup' | 'snapshotContents'>;
  readonly operation: Operation;
  readonly app: App;
  readonly claims: Omit<SnapshotClaims, 'services' | 'contents'>;
}

export interface TriedBackup {
  readonly outcome: Omit<BackupAttempt, 'attempt'>;
  /** Present when nothing is missing. */
  readonly complete?: Snapshot;
  readonly sizes?: PathSize[];
}

/** One whole backup and a look into it; undefined when nothing asks for one. */
export async function tryBackup(of: BackupOf): Promise<TriedBackup | undefined> {
  const { platform, operation, app } = of;
  const made = await attempt(operation, () => platform.createBackup(operation, app));
  if (made.failed) return { outcome: made.failed };
  return made.value && lookInto(of, made.value);
}

/** Whether a snapshot holds what is promised. */
export async function lookInto(of: BackupOf, snapshot: Snapshot): Promise<TriedBackup> {
  const { platform, operation, app, claims } = of;
  const { services, id } = snapshot;
  const looked = await attempt(operation, () => platform.snapshotContents(operation, app, snapshot));
  if (looked.failed) return { outcome: { ...looked.failed, snapshot: id } };
  const contents = looked.value;
  const files = contents.filter(({ type }) => type === 'file');
  const outcome = {
    snapshot: id,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    faults: bounded(operation, verifySnapshot({ ...claims, services, contents })),
  };
  if (outcome.faults.length > 0) return { outcome };
  return { outcome, complete: snapshot, sizes: [...pathSizes(services, contents)] };
}

type Attempt<T> =
  { readonly failed: Omit<BackupAttempt, 'attempt'> } | { readonly failed?: never; readonly value: T };

async function attempt<T>(operation: Operation, body: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await body() };
  } catch (error) {
    operation.signal.throwIfAborted();
    if (!(error instanceof CodedError) || !OF_THE_ATTEMPT.includes(error.code)) throw error;
    return { failed: { files: 0, bytes: 0, code: error.code, faults: bounded(operation, [error.message]) } };
  }
}

function bounded(operation: Operation, faults: readonly string[]): string[] {
  const shown = faults
    .slice(0, MOST_FAULTS)
    .map((fault) => operation.redact(fault))
    .map((fault) => (fault.length > FAULT_LENGTH ? `${fault.slice(0, FAULT_LENGTH)}…` : fault));
  return faults.length > MOST_FAULTS ? [...shown, `and ${faults.length - MOST_FAULTS} more`] : shown;
}

import type { BackupAttempt, Snapshot, SnapshotEntry } from '../domain/backup.ts';
import { verifySnapshot } from '../domain/backup-verification.ts';
import { CodedError, type ErrorCode } from '../domain/errors.ts';
import type { RecipeDefinition } from '../domain/recipe.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { readBackups, recordBackup } from './support/backup-record.ts';
import { loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import { watchStates } from './support/watch-states.ts';
import type { AppInStage, BackupOutcome, MarkedApp } from './types.ts';

/** What a new whole backup may not meet again: a container that was being replaced, a hook that met one. */
const OF_THE_ATTEMPT: readonly ErrorCode[] = ['E_HOOK', 'E_BACKUP_INCOMPLETE', 'E_DOCKER'];
/** Bounds of what an outcome carries. */
const MOST_FAULTS = 20;
const FAULT_LENGTH = 600;

/**
 * Makes whole backups, each with an enumeration of its own, until one holds all that is promised (spec R-25); repeating
 * restic alone could not bring back what the enumeration missed. Every attempt is kept. After a crash of the
 * worker the count goes on where it stood.
 */
export function createBackup(deps: HostDependencies, input: MarkedApp): Promise<BackupOutcome> {
  const { environment, app, stage } = input;
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const path = deps.paths.states(environment.runId);
    const watch = { platform: deps.platform, app, path, stage };
    return watchStates(watch, () => backUp(deps, operation, input, definition));
  });
}

/** Restores a snapshot into the app once it has settled. */
export function restoreBackup(
  deps: HostDependencies,
  { environment, app, stage, snapshot }: AppInStage & { snapshot: Snapshot },
): Promise<null> {
  const { platform, paths } = deps;
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    return watchStates({ platform, app, path: paths.states(environment.runId), stage }, async () => {
      await platform.converged(operation, app, { timeoutMs: definition.deployTimeoutSeconds * 1000 });
      await platform.restoreBackup(operation, app, snapshot);
      return null;
    });
  });
}

async function backUp(
  { platform, paths }: HostDependencies,
  operation: Operation,
  { environment, app, markers }: MarkedApp,
  { backup, deployTimeoutSeconds }: RecipeDefinition,
): Promise<BackupOutcome> {
  const file = paths.backupAttempts(environment.runId);
  const whose = { environment: environment.id, app: app.role };
  const before = await readBackups(file, whose);
  const last = before.findLast(({ complete }) => complete !== undefined)?.complete;
  const previous = last && (await platform.snapshotContents(operation, app, last));
  const verify = (snapshot: Snapshot, contents: readonly SnapshotEntry[]) =>
    verifySnapshot({ services: snapshot.services, contents, previous, markers, extra: backup.verify });
  const attempts: BackupAttempt[] = before.map(({ attempt, snapshot, files, bytes, code, faults }) => ({
    ...{ attempt, files, bytes, faults },
    ...(code === undefined ? {} : { code }),
    ...(snapshot === undefined ? {} : { snapshot }),
  }));
  for (let count = 0; count < backup.attempts; count += 1) {
    await platform.converged(operation, app, { timeoutMs: deployTimeoutSeconds * 1000 });
    const tried = await tryOnce(platform, operation, app, verify);
    if (tried === undefined) return { attempts: [] };
    const attempt = { attempt: (attempts.at(-1)?.attempt ?? 0) + 1, ...tried.outcome };
    attempts.push(attempt);
    const complete = attempt.faults.length === 0 ? tried.snapshot : undefined;
    recordBackup(file, { ...whose, ...attempt, ...(complete ? { complete } : {}) });
    operation.log(
      `backup attempt ${attempt.attempt}: ${complete ? 'complete' : attempt.faults.join('; ')}` +
        ` (${attempt.files} files, ${attempt.bytes} bytes)`,
    );
    if (complete) return { snapshot: complete, attempts };
  }
  return { attempts };
}

interface Tried {
  readonly snapshot: Snapshot | undefined;
  readonly outcome: Omit<BackupAttempt, 'attempt'>;
}

/** One whole backup and a look into it; undefined when nothing asks for one. */
async function tryOnce(
  platform: HostDependencies['platform'],
  operation: Operation,
  app: MarkedApp['app'],
  verify: (snapshot: Snapshot, contents: readonly SnapshotEntry[]) => readonly string[],
): Promise<Tried | undefined> {
  try {
    const snapshot = await platform.createBackup(operation, app);
    if (snapshot === undefined) return undefined;
    const contents = await platform.snapshotContents(operation, app, snapshot);
    const files = contents.filter(({ type }) => type === 'file');
    const outcome = {
      snapshot: snapshot.id,
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      faults: bounded(operation, verify(snapshot, contents)),
    };
    return { snapshot, outcome };
  } catch (error) {
    if (!(error instanceof CodedError) || !OF_THE_ATTEMPT.includes(error.code)) throw error;
    const faults = bounded(operation, [error.message]);
    return { snapshot: undefined, outcome: { files: 0, bytes: 0, code: error.code, faults } };
  }
}

function bounded(operation: Operation, faults: readonly string[]): string[] {
  const shown = faults
    .slice(0, MOST_FAULTS)
    .map((fault) => operation.redact(fault))
    .map((fault) => (fault.length > FAULT_LENGTH ? `${fault.slice(0, FAULT_LENGTH)}…` : fault));
  return faults.length > MOST_FAULTS ? [...shown, `and ${faults.length - MOST_FAULTS} more`] : shown;
}

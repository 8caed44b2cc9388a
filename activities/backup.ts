import type { BackupAttempt, Snapshot } from '../domain/backup.ts';
import { declaredBackup } from '../domain/backup-labels.ts';
import { asContents } from '../domain/backup-sizes.ts';
import { CodedError, type ErrorCode } from '../domain/errors.ts';
import type { RecipeDefinition } from '../domain/recipe.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { inEnvironment } from './in-environment.ts';
import { readBackups, recordBackup } from './support/backup-record.ts';
import { readBackupSizes } from './support/backup-sizes.ts';
import { toFinalFailure } from './support/failures.ts';
import { loadRecipe } from './support/load-recipe.ts';
import type { Operation } from './support/operation.ts';
import { lookInto, tryBackup } from './support/try-backup.ts';
import { watchStates } from './support/watch-states.ts';
import type { AppInStage, BackupOutcome, MarkedApp } from './types.ts';

/** Where a restore may have met a daemon that was away for a moment, or a container that was being replaced. */
const WORTH_ANOTHER: readonly ErrorCode[] = ['E_COMMAND', 'E_DOCKER'];

/** Its own lane: it goes on while the app is upgraded. */
const LANE = 'repository';

export function prepareBackup(
  deps: HostDependencies,
  { environment, app, stage }: AppInStage,
): Promise<null> {
  return inEnvironment(deps, { environment, stage, lane: LANE }, async (operation) => {
    await deps.platform.prepareBackup(operation, app);
    return null;
  });
}

/**
 * Makes whole backups, each with an enumeration of its own, until one holds all that is promised (spec R-25); repeating
 * restic alone could not bring back what the enumeration missed. Every attempt is kept. After a crash of the
 * worker a backup that was complete is the outcome, and the count goes on where it stood.
 */
export function createBackup(deps: HostDependencies, input: MarkedApp): Promise<BackupOutcome> {
  return watched(deps, input, (operation, definition) => backUp(deps, operation, input, definition));
}

/**
 * Restores a snapshot into the app once it has settled. A restore that fails for the host's sake is tried once more and is
 * then final, because each runs the recipe's hooks; a daemon that is away while nothing runs is waited for.
 */
export function restoreBackup(
  deps: HostDependencies,
  input: AppInStage & { snapshot: Snapshot },
): Promise<null> {
  const { platform } = deps;
  const { app, snapshot } = input;
  return watched(deps, input, async (operation, { deployTimeoutSeconds }) => {
    const restore = async (isWorthAnother: (error: unknown) => boolean): Promise<boolean> => {
      await platform.converged(operation, app, { timeoutMs: deployTimeoutSeconds * 1000 });
      try {
        await platform.restoreBackup(operation, app, snapshot);
        return true;
      } catch (error) {
        operation.signal.throwIfAborted();
        if (!isWorthAnother(error)) throw toFinalFailure(error, operation.redact);
        operation.log(`the restore is tried once more: ${String(error)}`);
        return false;
      }
    };
    const done = await restore((error) => error instanceof CodedError && WORTH_ANOTHER.includes(error.code));
    if (!done) await restore(() => false);
    return null;
  });
}

function watched<T>(
  deps: HostDependencies,
  { environment, app, stage }: AppInStage,
  body: (operation: Operation, definition: RecipeDefinition) => Promise<T>,
): Promise<T> {
  return inEnvironment(deps, { environment, stage }, async (operation) => {
    const { definition } = await loadRecipe(app.recipe, deps.checkout);
    const { redact } = operation;
    const watch = {
      platform: deps.platform,
      app,
      path: deps.paths.states(environment.runId),
      stage,
      redact,
    };
    return watchStates(watch, () => body(operation, definition));
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
  const previous = asContents(await readBackupSizes(paths.backupSizes(app.recipe)));
  const claims = { previous, markers, extra: backup.verify };
  const at = { platform, operation, app, claims };
  const before = await readBackups(file, whose);
  const attempts: BackupAttempt[] = before.map(({ attempt, snapshot, files, bytes, code, faults }) => ({
    ...{ attempt, files, bytes, faults },
    ...(code === undefined ? {} : { code }),
    ...(snapshot === undefined ? {} : { snapshot }),
  }));
  const made = before.at(-1)?.complete;
  const last = attempts.at(-1);
  if (made && last) {
    const { outcome } = await lookInto(at, made);
    if (outcome.faults.length === 0) return { snapshot: made, attempts };
    attempts[attempts.length - 1] = { attempt: last.attempt, ...outcome };
  }
  while (attempts.length < backup.attempts) {
    await platform.converged(operation, app, { timeoutMs: deployTimeoutSeconds * 1000 });
    const tried = await tryBackup(at);
    if (tried === undefined) return { attempts, ...(await declaredBy(platform, app)) };
    const attempt = { attempt: attempts.length + 1, ...tried.outcome };
    attempts.push(attempt);
    const { complete, sizes } = tried;
    recordBackup(file, { ...whose, ...attempt, ...(complete ? { complete, sizes } : {}) });
    operation.log(
      `backup attempt ${attempt.attempt}: ${complete ? 'complete' : attempt.faults.join('; ')}` +
        ` (${attempt.files} files, ${attempt.bytes} bytes)`,
    );
    if (complete) return { snapshot: complete, attempts };
  }
  return { attempts };
}

async function declaredBy(
  platform: HostDependencies['platform'],
  app: MarkedApp['app'],
): Promise<Pick<BackupOutcome, 'declared'>> {
  const declared = declaredBackup(await platform.serviceFacts(app));
  return declared === undefined ? {} : { declared };
}

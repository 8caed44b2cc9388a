import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { pathSizeSchema, type PathSize } from '../../domain/backup.ts';
import type { Results } from '../../domain/results.ts';
import { readBackups } from './backup-record.ts';
import { isErrno } from './errno.ts';
import type { HostPaths } from './paths.ts';
import { writeDurably } from './write-durably.ts';

const sizesSchema = z.object({ runId: z.string(), sizes: z.array(pathSizeSchema) });

/**
 * Keeps what the backup of a run held, by labelled path, as what the next one of the recipe on this host is compared
 * with. Only of a run that passed: one that failed must not lower the bar.
 */
export async function keepBackupSizes(paths: HostPaths, results: Results): Promise<void> {
  const { runId, recipe, verdict, environmentId } = results;
  if (verdict !== 'passed' || environmentId === undefined) return;
  const attempts = await readBackups(paths.backupAttempts(runId), { environment: environmentId, app: 'app' });
  const sizes = attempts.findLast(({ complete }) => complete !== undefined)?.sizes;
  if (sizes) await writeDurably(paths.backupSizes(recipe), `${JSON.stringify({ runId, sizes })}\n`);
}

/** What the last backup of a recipe held; nothing when there was none. A file that cannot be understood is no bar. */
export async function readBackupSizes(path: string): Promise<readonly PathSize[]> {
  try {
    return sizesSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data?.sizes ?? [];
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}

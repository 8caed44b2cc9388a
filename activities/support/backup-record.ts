import { z } from 'zod';
import { backupAttemptSchema, pathSizeSchema, snapshotSchema } from '../../domain/backup.ts';
import { appendLine, readLines } from './json-lines.ts';

export const recordSchema = z.object({
  at: z.string(),
  environment: z.string(),
  app: z.string(),
  ...backupAttemptSchema.shape,
  /** Only of an attempt that was complete. */
  complete: snapshotSchema.optional(),
  /** The same: how much of each labelled path it held. */
  sizes: z.array(pathSizeSchema).optional(),
});
export type BackupRecord = z.infer<typeof recordSchema>;

/** Appends an attempt to the run's record of backups. */
export function recordBackup(path: string, record: Omit<BackupRecord, 'at'>): void {
  appendLine(path, { at: new Date().toISOString(), ...record });
}

/** The attempts to back up an app of an environment, oldest first. */
export async function readBackups(
  path: string,
  { environment, app }: Pick<BackupRecord, 'environment' | 'app'>,
): Promise<readonly BackupRecord[]> {
  const records = (await readLines(path)).flatMap((line) => recordSchema.safeParse(line).data ?? []);
  return records.filter((record) => record.environment === environment && record.app === app);
}

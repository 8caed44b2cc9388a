import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { backupAttemptSchema, pathSizeSchema, snapshotSchema } from '../../domain/backup.ts';
import { isErrno } from './errno.ts';

const recordSchema = z.object({
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
  mkdirSync(dirname(path), { recursive: true });
  // Synchronous, so that the line is there when the worker is killed next.
  appendFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), ...record })}\n`);
}

/** The attempts to back up an app of an environment, oldest first. */
export async function readBackups(
  path: string,
  { environment, app }: Pick<BackupRecord, 'environment' | 'app'>,
): Promise<readonly BackupRecord[]> {
  const records = (await linesOf(path)).flatMap(parseLine);
  return records.filter((record) => record.environment === environment && record.app === app);
}

/** A line that a killed worker left unfinished does not count. */
function parseLine(line: string): BackupRecord[] {
  try {
    return [recordSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

async function linesOf(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

import { z } from 'zod';

/** restic and a shell; what the harness uses to look into volumes and to save them. */
export const HELPER_IMAGE = 'restic/restic:0.14.0';
/** Bound of one hook: dumps of large databases take minutes, but none may take the whole stage by waiting for ever. */
export const HOOK_TIMEOUT_MS = 900_000;
/** Bound of one call of restic: saving, restoring, or a look into a snapshot. */
export const SNAPSHOT_TIMEOUT_MS = 1_800_000;

/** Part of a volume that the labels of a service ask to save. */
export const backupPathSchema = z.object({
  /** Compose key of the volume. */
  volume: z.string(),
  /** Full name of the volume. */
  volumeName: z.string(),
  /** Below the root of the volume, without a leading slash; empty for all of it. */
  path: z.string(),
});
export type BackupPath = z.infer<typeof backupPathSchema>;

/** What the labels of one running service ask for (backup-bot-two, versions 2 and 1). */
export const serviceBackupSchema = z.object({
  service: z.string(),
  version: z.enum(['v1', 'v2']),
  paths: z.array(backupPathSchema),
  /** What the labels name and no volume of the service holds; absent when there is nothing like that. */
  unmapped: z.array(z.string()).optional(),
  preHook: z.string().optional(),
  postHook: z.string().optional(),
  restorePreHook: z.string().optional(),
  restorePostHook: z.string().optional(),
});
export type ServiceBackup = z.infer<typeof serviceBackupSchema>;

/** One file or folder of a snapshot. */
export const snapshotEntrySchema = z.object({
  volume: z.string(),
  /** Below the root of the volume, without a leading slash; empty for the root. */
  path: z.string(),
  type: z.enum(['file', 'folder', 'other']),
  bytes: z.number().int().nonnegative(),
  /** Of dump files only: whether there is anything in it, beneath its compression, that a restore could bring back. */
  dump: z.enum(['empty', 'data']).optional(),
});
export type SnapshotEntry = z.infer<typeof snapshotEntrySchema>;

export const snapshotSchema = z.object({
  /** restic's id. */
  id: z.string(),
  /** What was saved, as enumerated for this attempt. */
  services: z.array(serviceBackupSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** One whole backup: enumeration, hooks, snapshot and a look into it. Failed ones are kept: they are flakes to be seen. */
export const backupAttemptSchema = z.object({
  attempt: z.number().int().positive(),
  snapshot: z.string().optional(),
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** Code of the failure that ended it, when one did. */
  code: z.string().optional(),
  /** What was wrong with it; empty for the attempt that counts. */
  faults: z.array(z.string()),
});
export type BackupAttempt = z.infer<typeof backupAttemptSchema>;

/** How much of a labelled path a snapshot held. */
export const pathSizeSchema = z.object({
  service: z.string(),
  ...backupPathSchema.pick({ volume: true, path: true }).shape,
  bytes: z.number().int().nonnegative(),
});
export type PathSize = z.infer<typeof pathSizeSchema>;

/** strerror(ENOSPC), and what MySQL makes of it (spec F-64). */
const DISK_IS_FULL = /No space left on device|ENOSPC|disk (is )?full\b|errno: 28\b/i;

/**
 * Words of logs whose cause is known from experience, with what helps. They explain a failure and never decide about it:
 * a full disk may stand beside another cause (spec F-65).
 */
const CAUSES: readonly { readonly says: RegExp; readonly hint: string }[] = [
  {
    // Ghost and others that use knex-migrator: a migration that was killed leaves its lock behind (spec F-52).
    says: /MigrationsAreLockedError|migrations? (table|lock)? ?(is|are) (already )?locked|could not acquire (change log|the migration) lock/i,
    hint: 'a migration was killed half-way and its lock is still in the database: waiting longer cannot help; give the first start a longer start_period',
  },
  {
    says: DISK_IS_FULL,
    hint: 'a disk is full: look at the space of the host first, `cc-ci doctor` tells it, then at limits of the volume',
  },
  {
    // InnoDB that was killed while it made its files (spec F-53).
    says: /redo log.*(corrupt|missing|was created with)|InnoDB: (Database page corruption|Missing MLOG_CHECKPOINT|Corrupt)|data directory has files in it/i,
    hint: 'the database was killed while it made its files: give it a start_period that covers its first start',
  },
  {
    says: /out of memory|Cannot allocate memory|OOMKilled|JavaScript heap out of memory|java\.lang\.OutOfMemoryError/i,
    hint: 'a process ran out of memory: look at the limit of the service and at the memory of the host',
  },
  {
    says: /exit code 137\b/,
    hint: 'something killed the process (137 is SIGKILL): a health check that gave up on a slow start, or want of memory',
  },
];

/** What is known of a failure that says this; undefined when nothing is. */
export function knownCause(text: string): string | undefined {
  return CAUSES.find(({ says }) => says.test(text))?.hint;
}

export function saysDiskIsFull(text: string): boolean {
  return DISK_IS_FULL.test(text);
}

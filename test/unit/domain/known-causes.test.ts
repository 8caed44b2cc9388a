import { describe, expect, it } from 'vitest';
import { knownCause } from '../../../domain/known-causes.ts';

describe('what a log says', () => {
  it.each([
    [
      '[2026-02-11 03:30:59] ERROR Unhandled rejection: MigrationsAreLockedError',
      /lock is still in the database/,
    ],
    [
      'Error Code: MIGRATION_LOCK\nMessage: Migrations are locked, please run "knex-migrator unlock"',
      /waiting longer cannot help/,
    ],
  ])('tells of a migration lock that stays: %j [F-52]', (text, hint) => {
    expect(knownCause(text)).toMatch(hint);
  });

  it.each([
    'initdb: error: could not write to file "pg_wal/xlogtemp.42": No space left on device',
    'FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    '[ERROR] [MY-012592] InnoDB: Operating system error number 28 in a file operation. Error: ENOSPC',
    "mysqld: Disk is full writing './ib_buffer_pool' (errno: 28)",
  ])('tells of a full disk, which looks like slowness: %j [F-64]', (text) => {
    expect(knownCause(text)).toContain('a disk is full');
  });

  it.each([
    '[ERROR] InnoDB: Missing MLOG_CHECKPOINT between the checkpoint and the end of the redo log',
    '[ERROR] --initialize specified but the data directory has files in it. Aborting.',
  ])('tells of a database that was killed while it made its files: %j [F-53]', (text) => {
    expect(knownCause(text)).toContain('start_period');
  });

  it('tells of a process that was killed from outside', () => {
    expect(knownCause('install: app: 3 times exit code 137 (task: non-zero exit (137))')).toContain(
      'SIGKILL',
    );
  });

  it.each([
    'Error: connect ECONNREFUSED 10.0.0.3:5432',
    'disk usage: 89 %, 4.1 GiB free',
    'migrations finished, lock released',
    'listening on port 28137',
  ])('says nothing that is not in it: %j [F-65]', (text) => {
    expect(knownCause(text)).toBeUndefined();
  });
});

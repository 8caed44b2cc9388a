import { expect, it } from 'vitest';
import { bareHook } from '../../../domain/backup-hook.ts';

it.each([
  ['/pg_backup.sh backup', '/pg_backup.sh backup'],
  ['"/pg_backup.sh backup"', '/pg_backup.sh backup'],
  [` '/pg_backup.sh backup' `, '/pg_backup.sh backup'],
  [`bash -c 'pg_dump "$DB" | gzip > /a'`, 'pg_dump "$DB" | gzip > /a'],
  [`sh -c "mysqldump -p'$PASS' db > /a"`, `mysqldump -p'$PASS' db > /a`],
  [`/bin/sh -c 'a'`, 'a'],
])('takes the shell and the quotes off %s, as backup-bot-two does', (label, command) => {
  expect(bareHook(label)).toBe(command);
});

it.each([[`sh -c 'a' && sh -c 'b'`], [`"a" && "b"`], [`sh -c "echo \\"x\\""`], [`bash -ec 'a'`], [`'`]])(
  'leaves %s to the shell, for which it means what it says',
  (label) => {
    expect(bareHook(label)).toBe(label);
  },
);

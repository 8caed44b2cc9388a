import { randomUUID } from 'node:crypto';
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BROKEN, UserError } from '../user-error.ts';

/**
 * Where an output goes; refused before any work is done for it.
 * @returns the absolute path
 * @throws UserError when a file could not be put there
 */
export function checkOutputFile(option: string, path: string, workingFolder: string): string {
  const file = resolve(workingFolder, path);
  const refuse = (why: string, remedy: string) => new UserError(`${option} ${path}: ${why}`, remedy);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw refuse('it is not a file', 'Give the path of a file');
  try {
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
  } catch {
    throw refuse(
      `the folder ${dirname(file)} is not there or cannot be written to`,
      'Make it, or give another',
    );
  }
  return file;
}

/**
 * Puts a file in its place as a whole: a reader sees all of it, or what was there before.
 * @throws UserError
 */
export function replaceFile(path: string, content: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { flag: 'wx' });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} cannot be written: ${why}`, 'Check the folder and the disk', {
      exitCode: BROKEN,
      cause,
    });
  }
}

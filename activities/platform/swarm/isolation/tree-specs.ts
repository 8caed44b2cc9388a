import { readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { REPOSITORY_SPECS } from '../../../../domain/repository-specs.ts';
import { isErrno } from '../../../support/errno.ts';
import type { RepositorySpecs } from '../../port.ts';
import { isFault, MAX_TEXT_BYTES, readTreeFile } from '../tree-files.ts';

const MOST_FILES = 100;
const MOST_BYTES = 1024 * 1024;

/** Paths of the specs that a checkout brings, relative to it. What a link would lead to does not count. */
export async function listTreeSpecs(treeDir: string): Promise<readonly string[]> {
  return (await filesOf(treeDir)).filter((file) => file.endsWith('.spec.ts'));
}

/**
 * The specs of a checkout that is not trusted, and the modules beside them. What cannot be run whole is not run in part:
 * `fault` then says why, and there are no files.
 */
export async function readTreeSpecs(treeDir: string): Promise<RepositorySpecs> {
  const names = await filesOf(treeDir);
  if (names.length > MOST_FILES) return faulty(`more than ${MOST_FILES} files below ${REPOSITORY_SPECS}`);
  const files = new Map<string, string>();
  let bytes = 0;
  for (const name of names) {
    const found = await readTreeFile(treeDir, name, { maxBytes: MAX_TEXT_BYTES, text: true });
    if (isFault(found)) return faulty(found.message);
    bytes += Buffer.byteLength(found.text);
    if (bytes > MOST_BYTES) return faulty(`more than ${MOST_BYTES} bytes below ${REPOSITORY_SPECS}`);
    files.set(relative(REPOSITORY_SPECS, name), found.text);
  }
  return { files };
}

function faulty(fault: string): RepositorySpecs {
  return { files: new Map(), fault };
}

/** TypeScript files and JSON below the folder, which itself must be no link. */
async function filesOf(treeDir: string): Promise<string[]> {
  try {
    const folder = join(await realpath(treeDir), REPOSITORY_SPECS);
    if ((await realpath(folder)) !== folder) return [];
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.(ts|json)$/.test(entry.name))
      .map((entry) => join(REPOSITORY_SPECS, relative(folder, join(entry.parentPath, entry.name))))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') || isErrno(error, 'ELOOP')) return [];
    throw error;
  }
}

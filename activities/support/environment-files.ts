import { readFile } from 'node:fs/promises';
import { isErrno } from './errno.ts';
import type { Operation } from './operation.ts';

const TIMEOUT_MS = 30_000;

/** A whole file or none, for its owner only, on the disk when the command ends. */
const WRITE = `
umask 077
mkdir -p -- "\${1%/*}" && cat > "$1.part" && sync -- "$1.part" && mv -f -- "$1.part" "$1"`;

/** Writes a file of the environment; in a child, so that a superseded attempt cannot bring it back. */
export async function writeEnvironmentFile(
  operation: Operation,
  path: string,
  content: string,
): Promise<void> {
  await operation.run(['/bin/sh', '-c', WRITE, 'write', path], { input: content, timeoutMs: TIMEOUT_MS });
}

/** Text of a file, undefined when there is none. */
export async function readFileIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Appends lines to the log of a stage, each with the time. The folder is made when it is missing. */
export function openStageLog(path: string): (line: string) => void {
  mkdirSync(dirname(path), { recursive: true });
  // Synchronous and without an open handle: a line that was logged is there even when the worker is killed next.
  return (line) => appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
}

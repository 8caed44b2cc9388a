import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from './errno.ts';

/** Appends a value as a line of JSON. Synchronous, so that it is there when the worker is killed next. */
export function appendLine(
  path: string,
  value: object,
  replacer?: (key: string, value: unknown) => unknown,
): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(value, replacer)}\n`);
}

/** The values of a file of JSON lines; none without the file. A line that a crash cut short is left out. */
export async function readLines(path: string): Promise<readonly unknown[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap(parseLine);
}

function parseLine(line: string): unknown[] {
  try {
    return [JSON.parse(line) as unknown];
  } catch {
    return [];
  }
}

import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { isErrno } from './errno.ts';

/** A JSON file of the given shape; undefined when there is none, or none of that shape. */
export async function readDocument<Shape extends z.ZodType>(
  path: string,
  shape: Shape,
): Promise<z.infer<Shape> | undefined> {
  try {
    return shape.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

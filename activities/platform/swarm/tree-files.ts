import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Refusal } from '../../../domain/plan.ts';

export interface TreeFault {
  readonly code: Refusal['code'];
  readonly rule: string;
  readonly message: string;
}

export interface TreeFile {
  readonly text: string;
}

/** More than any compose file, env sample or script of a recipe needs. */
export const MAX_TEXT_BYTES = 256 * 1024;
/** Swarm takes configs and secrets of up to this size. */
export const MAX_CONFIG_BYTES = 1000 * 1024;

/**
 * Reads a file of a checkout that is not trusted. Whatever the name says, the file must resolve to a regular file
 * inside the checkout, outside of its git folder: a recipe may bring symbolic links.
 */
export async function readTreeFile(
  treeDir: string,
  name: string,
  limits: { readonly maxBytes: number; readonly text: boolean } = { maxBytes: MAX_TEXT_BYTES, text: true },
): Promise<TreeFile | TreeFault> {
  const root = await realpath(treeDir);
  const outside = fault('E_POLICY', 'path-outside', `${name} does not lie inside the recipe`);
  // A leading tilde is a home folder to some loaders.
  if (name.includes('\0') || name.startsWith('~')) return outside;
  const wanted = isAbsolute(name) ? resolve(name) : join(root, name);
  if (!isInside(root, wanted) && !isInside(resolve(treeDir), wanted)) return outside;
  let real: string;
  try {
    real = await realpath(wanted);
  } catch (error) {
    if (isErrno(error, 'ELOOP')) return fault('E_RENDER', 'file-kind', `${name} links to itself`);
    return fault('E_RENDER', 'file-missing', `${name} does not exist`);
  }
  if (!isInside(root, real)) return outside;
  const facts = await stat(real);
  if (!facts.isFile()) return fault('E_RENDER', 'file-kind', `${name} is not a regular file`);
  if (facts.size > limits.maxBytes) {
    return fault('E_RENDER', 'file-size', `${name} has ${facts.size} bytes; at most ${limits.maxBytes}`);
  }
  const text = await readFile(real, 'utf8');
  if (limits.text && text.includes('\0')) return fault('E_RENDER', 'file-kind', `${name} is not a text`);
  return { text };
}

export function isFault(result: TreeFile | TreeFault): result is TreeFault {
  return 'rule' in result;
}

function fault(code: Refusal['code'], rule: string, message: string): TreeFault {
  return { code, rule, message };
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return (
    way !== '' &&
    !isAbsolute(way) &&
    way !== '..' &&
    !way.startsWith(`..${sep}`) &&
    way.split(sep)[0] !== '.git'
  );
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Lines that name a variable of cc-ci, which an app must neither see nor ask for. */
export function harnessVariables(file: string, text: string): Refusal[] {
  return text.split('\n').flatMap((content, index) =>
    /\$\{?\s*CCI_/i.test(content)
      ? [
          {
            code: 'E_POLICY' as const,
            rule: 'harness-variable',
            file,
            line: index + 1,
            message: 'variables of cc-ci are not for recipes',
          },
        ]
      : [],
  );
}

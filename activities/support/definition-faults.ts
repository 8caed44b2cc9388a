import type { z } from 'zod';

/** A fault of a definition: what is wrong, and the line of the file where it is, or seems to be. */
export interface DefinitionFault {
  /** Relative to the folder of the recipe. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What is wrong with a definition by its schema: the first line of it, and all of it as text. */
export function faultOfSchema(error: z.ZodError, file: string, text: string): DefinitionFault {
  const [first] = error.issues;
  const unknown = first?.code === 'unrecognized_keys' ? first.keys.slice(0, 1) : [];
  const message = error.issues.map((issue) => `${issue.path.join('.') || 'export'}: ${issue.message}`);
  return { file, line: lineOfKey(text, [...(first?.path ?? []), ...unknown]), message: message.join('; ') };
}

/** Why a module could not be imported. Node names the place in the stack, and not at all where a module is missing. */
export function faultOfImport(error: unknown, folder: string, file: string, text: string): DefinitionFault {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place = file, line] =
    new RegExp(`${literal(folder)}/([^\\s:?()]+\\.ts)(?:\\?[^\\s:)]*)?:(\\d+)`).exec(stack) ?? [];
  if (line !== undefined) return { file: place, line: Number(line), message };
  const [, missing = ''] = /Cannot find \w+ '([^']+)'/.exec(message) ?? [];
  const at = missing === '' ? -1 : text.indexOf(missing.slice(missing.lastIndexOf('/') + 1));
  return { file, line: lineAt(text, at), message };
}

/** Line of a key in the source of a definition: each part of the path is looked for behind the one before. */
export function lineOfKey(source: string, path: readonly PropertyKey[]): number {
  const text = withoutComments(source);
  let at = Math.max(0, text.search(/\bdefineRecipe\s*\(/));
  for (const part of path) {
    // Positions in lists have no text of their own.
    if (typeof part !== 'string') continue;
    const found = text.slice(at).search(new RegExp(`(?<![\\w.$])['"]?${literal(part)}['"]?\\s*[:,(}]`));
    if (found < 0) break;
    at += found;
  }
  return lineAt(text, at);
}

/** The same text with blanks in place of comments, so that positions stay. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '));
}

function lineAt(text: string, at: number): number {
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

import { expandVariables, type TextFault } from './env-file.ts';

export interface AbraScript {
  readonly exports: Readonly<Record<string, string>>;
  readonly lines: Readonly<Record<string, number>>;
  readonly faults: readonly TextFault[];
}

const FUNCTION = /^(\s*)(?:function\s+[\w:.-]+\s*(?:\(\s*\))?|[\w:.-]+\s*\(\s*\))\s*([{(].*)?$/;
const HEREDOC = /<<(-?)\s*(['"]?)([A-Za-z_]\w*)\2/;
/** `set -euo pipefail` and the like: an instruction to the shell that would run it, without effect on what is read. */
const SHELL_OPTIONS = /^set(\s+[-+]\w+(\s+pipefail)?)+$/;
const SHELL = /\\(["\\$`])|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;
const MAX_VALUE_LENGTH = 16 * 1024;
const MAX_EXPORTS = 1000;
const WORD =
  /^(?:([A-Za-z_]\w*)(?:=((?:'[^']*'|"(?:[^"\\`]|\\["\\$`])*"|[^\s'"\\`;&|<>()#]|(?<=[^\s])#)*))?)(?=\s|;|$)/;

/**
 * Reads the exports of `abra.sh` as text; nothing of it is ever executed. Function definitions are skipped, as they are
 * for `abra app cmd`. Everything else at the top level would be a command, and is a fault with its line.
 */
export function parseAbraScript(text: string): AbraScript {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const exports = new Map<string, string>();
  const numbers = new Map<string, number>();
  const faults: TextFault[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const content = lines[index] ?? '';
    const line = index + 1;
    if (/^\s*(#|$)/.test(content) || SHELL_OPTIONS.test(content.trim())) continue;
    if (FUNCTION.test(content)) {
      const end = endOfFunction(lines, index);
      if (end === undefined) {
        faults.push({ line, message: 'the function does not end' });
        break;
      }
      index = end;
      continue;
    }
    const read = readAssignments(content, exports);
    if (typeof read === 'string') {
      faults.push({ line, message: read });
      continue;
    }
    if (exports.size + read.length > MAX_EXPORTS) {
      faults.push({ line, message: `more than ${MAX_EXPORTS} exports` });
      break;
    }
    for (const [key, value] of read) {
      exports.set(key, value);
      numbers.set(key, line);
    }
  }
  return { exports: Object.fromEntries(exports), lines: Object.fromEntries(numbers), faults };
}

/** Index of the line with the closing bracket: on the same line, or as far indented as the definition. */
function endOfFunction(lines: readonly string[], start: number): number | undefined {
  const first = lines[start] ?? '';
  const body = first.replace(/\(\s*\)/, '').replace(/\s#.*$/, '');
  if (/\{\s.*\}\s*$|\(.*\)\s*$/.test(body)) return start;
  const indent = /^\s*/.exec(first)?.[0] ?? '';
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, dash, , word] = HEREDOC.exec(line) ?? [];
    if (word !== undefined) {
      const ends = (candidate: string) => (dash ? candidate.replace(/^\t+/, '') : candidate) === word;
      do index += 1;
      while (index < lines.length && !ends(lines[index] ?? ''));
      continue;
    }
    if (line.startsWith(indent) && /^[})]\s*(#.*)?$/.test(line.slice(indent.length))) return index;
  }
  return undefined;
}

function readAssignments(content: string, known: ReadonlyMap<string, string>): [string, string][] | string {
  let rest = content.trim();
  if (/`|\$\(|<\(|>\(/.test(withoutLiterals(rest))) {
    return 'a command substitution; abra.sh may only export literal values';
  }
  const exported = /^export\s+/.exec(rest)?.[0];
  if (exported) rest = rest.slice(exported.length);
  const found: [string, string][] = [];
  for (;;) {
    const [word, name, value] = WORD.exec(rest) ?? [];
    if (word === undefined || name === undefined || (value === undefined && !exported)) break;
    if (value !== undefined) {
      const text = unquote(value, known);
      if (text === undefined) return 'the value is too long';
      found.push([name, text]);
    }
    rest = rest.slice(word.length).trimStart();
    if (rest === '' || rest === ';' || rest.startsWith('#')) return found;
  }
  return 'not a literal export; abra.sh is read as text and never executed';
}

/** Without single-quoted parts and trailing comments, in which nothing is substituted. */
function withoutLiterals(text: string): string {
  return text.replaceAll(/'[^']*'/g, '').replace(/(^|\s)#.*$/, '');
}

function unquote(value: string, known: ReadonlyMap<string, string>): string | undefined {
  const parts = [...value.matchAll(/'([^']*)'|"((?:[^"\\]|\\[^])*)"|[^'"]+/g)].map(
    ([plain, single, double]) => single ?? expandVariables(double ?? plain, known, SHELL),
  );
  const text = parts.join('');
  return parts.includes(undefined) || text.length > MAX_VALUE_LENGTH ? undefined : text;
}

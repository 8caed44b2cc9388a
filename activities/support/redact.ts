import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './errno.ts';

/** Shorter values occur by chance in ordinary text; hiding them would garble logs and protect nothing. */
const SHORTEST = 6;
const HIDDEN = '[redacted]';

/** Replaces secret values in text. Multi-line secrets are known line by line too, so text may be fed by line. */
export interface Redactor {
  readonly redact: (text: string) => string;
  /** From now on hides this value as well. */
  readonly hide: (value: string) => void;
}

export function createRedactor(values: Iterable<string> = []): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  const hide = (value: string) => {
    for (const form of formsOf(value)) forms.add(form);
    pattern = undefined;
  };
  for (const value of values) hide(value);
  const redact = (text: string) => {
    if (forms.size === 0) return text;
    pattern ??= matcher(forms);
    return text.replace(pattern, HIDDEN);
  };
  return { redact, hide };
}

/** A redactor that knows every file below the private folder of an environment; a missing folder has no secrets. */
export async function loadRedactor(privateFolder: string): Promise<Redactor> {
  return createRedactor(await valuesBelow(privateFolder));
}

async function valuesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreMissing);
  const files = (entries ?? []).filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), 'utf8').catch(ignoreMissing)),
  );
  return contents.filter((content) => content !== undefined);
}

/** Another attempt or the guard may remove a file between listing and reading. */
function ignoreMissing(error: unknown): undefined {
  if (isErrno(error, 'ENOENT')) return undefined;
  throw error;
}

function matcher(forms: ReadonlySet<string>): RegExp {
  // Longest first: a secret that is the beginning of another one must not leave the rest of it readable.
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map(escapePattern).join('|'), 'g');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function formsOf(value: string): string[] {
  const whole = value.replace(/[\r\n]+$/, '');
  const parts = new Set([whole, ...whole.split(/\r?\n/).map((line) => line.trim())]);
  return [...parts].filter((part) => part.length >= SHORTEST).flatMap(encodings);
}

function encodings(value: string): string[] {
  const url = encodeURIComponent(value);
  const strictUrl = url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    // JSON inside JSON, as in a log line that quotes a request body.
    JSON.stringify(json).slice(1, -1),
    ...[url, strictUrl, strictUrl.replaceAll('%20', '+')].flatMap((form) => [form, lowerCaseEscapes(form)]),
    ...base64Forms(value),
  ];
}

function lowerCaseEscapes(form: string): string {
  return form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/**
 * Base64 of the value at each of the three alignments it can have inside a longer text ("user:secret", a trailing
 * newline), without the characters that also depend on what stands around it.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const cores = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const start = shift === 0 ? 0 : shift + 1;
    const complete = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(start, complete);
  });
  const plain = [bytes.toString('base64'), ...cores];
  return plain
    .flatMap((form) => [form, ...wrapped(form, 76), ...wrapped(form, 64)])
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
    .filter((form) => form.length >= SHORTEST);
}

/** The lines of base64 as command-line tools wrap it, when it is longer than one line. */
function wrapped(form: string, columns: number): string[] {
  if (form.length <= columns) return [];
  return form.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
}

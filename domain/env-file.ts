/** One assignment of an env file. */
export interface EnvEntry {
  readonly key: string;
  /** Unquoted and expanded with what stands above it in the file. */
  readonly value: string;
  /** 1-based line on which the assignment begins. */
  readonly line: number;
  /** Text behind `#` on the line on which the value ends, trimmed. */
  readonly comment: string;
}

export interface TextFault {
  readonly line: number;
  readonly message: string;
}

export interface EnvFile {
  readonly entries: readonly EnvEntry[];
  /** Value of each key after the last assignment. */
  readonly values: Readonly<Record<string, string>>;
  readonly faults: readonly TextFault[];
}

/** Bounds, because a few lines that double each other would fill the memory. */
const MAX_VALUE_LENGTH = 16 * 1024;
const MAX_TOTAL_LENGTH = 256 * 1024;
const MAX_VALUE_LINES = 200;

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(.*)$/s;

/**
 * Reads an env file as abra does: `KEY=value`, quotes, comments, and `$KEY` of an earlier line (so that
 * `COMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"` appends). Nothing outside the file is looked up; unknown names expand to
 * nothing. CRLF, a byte order mark and quoted values over several lines are understood.
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const entries: EnvEntry[] = [];
  const faults: TextFault[] = [];
  const values = new Map<string, string>();
  let total = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    const content = lines[index] ?? '';
    if (/^\s*(#|$)/.test(content)) continue;
    const [, key, start] = ASSIGNMENT.exec(content) ?? [];
    if (key === undefined || start === undefined) {
      faults.push({ line, message: 'neither an assignment nor a comment' });
      continue;
    }
    let source = start;
    let parsed = readValue(source, values);
    while (parsed === 'unterminated' && index + 1 < lines.length && index < line + MAX_VALUE_LINES) {
      index += 1;
      source += `\n${lines[index]}`;
      parsed = readValue(source, values);
    }
    if (typeof parsed === 'string') {
      faults.push({ line, message: parsed === 'unterminated' ? 'the quote is not closed' : parsed });
      if (parsed === 'unterminated') index = line - 1;
      continue;
    }
    total += parsed.value.length;
    if (total > MAX_TOTAL_LENGTH) {
      faults.push({ line, message: `the values have more than ${MAX_TOTAL_LENGTH} characters` });
      break;
    }
    values.set(key, parsed.value);
    entries.push({ key, ...parsed, line });
  }
  return { entries, values: Object.fromEntries(values), faults };
}

type Read =
  | { value: string; comment: string }
  | 'unterminated'
  | 'text behind the closing quote'
  | 'the value is too long';

function readValue(source: string, known: ReadonlyMap<string, string>): Read {
  const quote = source.at(0);
  if (quote !== "'" && quote !== '"') {
    const at = /(^|\s)#/.exec(source)?.index ?? source.length;
    return bounded(expandVariables(source.slice(0, at).trim(), known, BARE), source.slice(at));
  }
  const end = closingQuote(source, quote);
  if (end < 0) return 'unterminated';
  const rest = source.slice(end + 1);
  if (!/^\s*(#|$)/.test(rest)) return 'text behind the closing quote';
  const inner = source.slice(1, end);
  return bounded(quote === "'" ? inner : expandVariables(inner, known, QUOTED), rest);
}

function bounded(value: string | undefined, rest: string): Read {
  if (value === undefined || value.length > MAX_VALUE_LENGTH) return 'the value is too long';
  return { value, comment: commentOf(rest) };
}

function closingQuote(source: string, quote: string): number {
  for (let at = 1; at < source.length; at += 1) {
    if (source[at] === '\\' && quote === '"') at += 1;
    else if (source[at] === quote) return at;
  }
  return -1;
}

function commentOf(rest: string): string {
  return rest.replace(/^\s*#?/, '').trim();
}

const BARE = /\\(\$)|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;
const QUOTED = /\\([^])|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Fills in escapes (group 1 of the pattern) and variables (groups 2 and 3) in one pass, so that what they yield is not
 * read a second time. Undefined when the result would be out of all proportion.
 */
export function expandVariables(
  text: string,
  known: ReadonlyMap<string, string>,
  pattern: RegExp,
): string | undefined {
  let left = MAX_VALUE_LENGTH;
  const result = text.replaceAll(pattern, (_match, escaped?: string, braced?: string, bare?: string) => {
    if (escaped !== undefined) return ESCAPES[escaped] ?? escaped;
    const value = known.get(braced ?? bare ?? '') ?? '';
    left -= value.length;
    return left < 0 ? '' : value;
  });
  return left < 0 ? undefined : result;
}

/** The map as an env file that `parseEnvFile` reads back as it is; one `KEY=value` per line, values quoted if needed. */
export function serialiseEnv(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${assignment(key, value)}\n`)
    .join('');
}

function assignment(key: string, value: string): string {
  if (/^[A-Za-z0-9_.,:/@+-]*$/.test(value)) return `${key}=${value}`;
  if (!/['\r\n]/.test(value)) return `${key}='${value}'`;
  const quoted = value
    .replaceAll(/[\\"$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `${key}="${quoted}"`;
}

/**
 * Sets keys in the text of an env file and leaves the rest of it alone, comments included: the last assignment of a key
 * is replaced where it stands, a new key is appended.
 */
export function setEnvValues(text: string, values: Readonly<Record<string, string>>): string {
  const parsed = parseEnvFile(text);
  const lines = text.split('\n');
  const appended: string[] = [];
  // From the end, so that replacing a value of several lines does not move the lines still to be replaced.
  const wanted = Object.entries(values).map(([key, value]) => ({
    key,
    value,
    entry: parsed.entries.findLast((entry) => entry.key === key),
  }));
  wanted.sort((a, b) => (b.entry?.line ?? 0) - (a.entry?.line ?? 0));
  for (const { key, value, entry } of wanted) {
    if (!entry) {
      appended.unshift(assignment(key, value));
      continue;
    }
    const comment = entry.comment === '' ? '' : ` # ${entry.comment}`;
    lines.splice(entry.line - 1, spanOf(entry, parsed, lines), `${assignment(key, value)}${comment}`);
  }
  const body = lines.join('\n');
  const separator = body === '' || body.endsWith('\n') ? '' : '\n';
  return appended.length === 0 ? body : `${body}${separator}${appended.join('\n')}\n`;
}

/** How many lines the assignment takes: up to the next line after which the text still parses to the same entry. */
function spanOf(entry: EnvEntry, parsed: EnvFile, lines: readonly string[]): number {
  const next = parsed.entries.find(({ line }) => line > entry.line)?.line ?? lines.length + 1;
  for (let span = 1; entry.line + span <= next; span += 1) {
    const part = parseEnvFile(lines.slice(entry.line - 1, entry.line - 1 + span).join('\n'));
    if (part.faults.length === 0 && part.entries.length === 1) return span;
  }
  return 1;
}

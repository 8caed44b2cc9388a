import { formatDuration } from '../../../domain/format-duration.ts';
import type { StageStatus } from '../../../domain/stages.ts';
import { markup, type Markup } from './markup.ts';

/** A part of the page with its heading; undefined when it has nothing to say. */
export interface Section {
  /** Its anchor. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

type Cell = Markup | string | number | undefined;

/** `title` says what it is to those who do not see the heading above it. */
export function table(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  // It scrolls by itself where it is wider than the page, and can be reached by the keyboard then.
  return markup`<div class="wide" role="group" aria-label="${title}" tabindex="0"><table>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** Names and values; a value that is not known leaves its row out. */
export function pairs(rows: readonly (readonly [string, Cell])[]): Markup {
  const known = rows.filter(([, value]) => value !== undefined);
  return markup`<dl>${known.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

export function code(text: string): Markup {
  return markup`<code>${text}</code>`;
}

const SIGNS: Record<StageStatus, string> = { pass: '✓', fail: '✗', skip: '–', unverified: '?', error: '!' };

/** Sign and word of a status; the sign is for the eye only, the word says the same. */
export function badge(status: StageStatus, word: string = status): Markup {
  return markup`<span class="badge ${status}"><span aria-hidden="true">${SIGNS[status]}</span> ${word}</span>`;
}

/** Many reasons are a sentence, and then what a tool said. */
export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}

/** What comes after the first line, as it stands; undefined when there is nothing. */
export function otherLines(text: string): Markup | undefined {
  const rest = text
    .trim()
    .slice(firstLine(text).length)
    .replace(/^(?:[ \t]*\n)+/, '');
  return rest === '' ? undefined : markup`<pre class="excerpt">${rest}</pre>`;
}

/** Empty where one was enough. */
export function attemptsOf(count: number): string {
  return count > 1 ? `${count} attempts` : '';
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Time since the run began. */
export function moment(sinceMs: number): string {
  return `+${formatDuration(Math.max(0, sinceMs))}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte');
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB'];
  return `${value.toFixed(1)} ${unit}`;
}

/** Anchor of the part about a stage, and that of its log. */
export function anchorOf(kind: 'stage' | 'log', name: string): string {
  return `${kind}-${name.replace(/[^\w-]+/g, '-')}`;
}

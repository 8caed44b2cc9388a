/** What a template may hold besides finished markup; text is escaped, nothing is written for undefined. */
type Value = Markup | string | number | undefined | readonly Value[];

/** HTML that may go into a page as it is. Only {@link markup} and {@link trusted} make it, so text cannot pass for it. */
export class Markup {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/**
 * Template of HTML: everything that is put in is escaped, unless it is markup itself. What an app, a recipe or a registry
 * said is text here and can never become an element; it fits between tags and into quoted attributes.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, index) => part + write(values[index])).join(''));
}

/** For the page's own style and script; never for anything that was read. */
export function trusted(source: string): Markup {
  return new Markup(source);
}

function write(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return value.map(write).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Those that mean something in HTML, and those that show nothing, or turn the order of others round so that a line reads
 * as what it is not.
 */
const SPECIAL = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escapeText(text: string): string {
  return text.toWellFormed().replace(SPECIAL, escapeOne);
}

function escapeOne(character: string): string {
  return ENTITIES[character] ?? `\u27e8${character.charCodeAt(0).toString(16).padStart(4, '0')}\u27e9`;
}

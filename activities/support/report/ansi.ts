import { markup, type Markup } from './markup.ts';

type Aspect = 'color' | 'background' | 'weight' | 'slant' | 'line';
/** The class of each aspect that is not as usual. */
type Look = ReadonlyMap<Aspect, string>;

/** A sequence that selects a look (ECMA-48, SGR); its parameters are the group. */
const SELECT = /\u001b\[([0-9;:]*)m/;
/** Any other sequence: controls, strings such as titles and links with their end, and short escapes. */
const OTHER = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~]?)/g;

/**
 * A line of a log with the colours that a terminal would show: 16, by class, so that they can be read on a light and on
 * a dark page; those of larger palettes become the nearest of these. Whatever else a terminal would obey is left out.
 */
export function renderAnsi(line: string): Markup {
  // A carriage return draws over what came before: what a person would have seen last is what counts.
  const shown = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  if (!shown.includes('\u001b')) return markup`${shown}`;
  let look: Look = new Map();
  // With a group in the separator, text and parameters take turns.
  const parts = shown.split(SELECT).map((part, index) => {
    if (index % 2 === 0) return render(part.replace(OTHER, ''), look);
    look = select(look, part);
    return undefined;
  });
  return markup`${parts}`;
}

function render(text: string, look: Look): Markup | undefined {
  if (text === '') return undefined;
  // A background has a colour for what stands on it, or a pair of them might be unreadable.
  const classes = [...look].filter(([aspect]) => aspect !== 'color' || !look.has('background'));
  if (classes.length === 0) return markup`${text}`;
  return markup`<span class="${classes.map(([, name]) => name).join(' ')}">${text}</span>`;
}

const CHANGES: ReadonlyMap<number, readonly [Aspect, string?]> = new Map([
  [1, ['weight', 'bold']],
  [2, ['weight', 'dim']],
  [3, ['slant', 'italic']],
  [4, ['line', 'underline']],
  [22, ['weight']],
  [23, ['slant']],
  [24, ['line']],
  [39, ['color']],
  [49, ['background']],
]);

function select(before: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number);
  let look = new Map(before);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) {
      look = new Map();
      continue;
    }
    const known = CHANGES.get(code) ?? basic(code);
    const [aspect, name] = known ?? extended(code, codes.slice(at + 1));
    if (code === 38 || code === 48) at += codes[at + 1] === 2 ? 4 : 2;
    if (aspect === undefined) continue;
    if (name === undefined) look.delete(aspect);
    else look.set(aspect, name);
  }
  return look;
}

/** 30 to 37 and 90 to 97 are colours, dark and bright; ten more are backgrounds. */
function basic(code: number): readonly [Aspect, string] | undefined {
  if (code >= 30 && code <= 37) return ['color', `c${code - 30}`];
  if (code >= 90 && code <= 97) return ['color', `c${code - 82}`];
  if (code >= 40 && code <= 47) return ['background', `b${code - 40}`];
  if (code >= 100 && code <= 107) return ['background', `b${code - 92}`];
  return undefined;
}

/** What follows 38 or 48: `5;index` of the palette of 256, or `2;red;green;blue`. */
function extended(code: number, [form, ...values]: readonly number[]): readonly [Aspect?, string?] {
  const [first = 0, second = 0, third = 0] = values;
  const color = form === 5 ? ofPalette(first) : form === 2 ? nearest(first, second, third) : undefined;
  if (color === undefined) return [];
  if (code === 38) return ['color', `c${color}`];
  return code === 48 ? ['background', `b${color}`] : [];
}

/** 16 basic colours, a cube of six steps a side, 24 greys. */
function ofPalette(index: number): number {
  if (index < 16) return index;
  if (index >= 232) {
    const level = 8 + (index - 232) * 10;
    return nearest(level, level, level);
  }
  const step = (level: number) => (level === 0 ? 0 : 55 + level * 40);
  const cube = index - 16;
  return nearest(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}

/** The bits of a basic colour are red, green and blue; 8 more for a bright one. */
function nearest(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most < 64) return 0;
  const bits = [red, green, blue].map((part, bit) => (part > most / 2 ? 2 ** bit : 0));
  return bits.reduce<number>((sum, bit) => sum + bit, most > 191 ? 8 : 0);
}

import { styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'doubtful' | 'quiet';
/** Puts a text in the colour of a tone, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { good: 'green', bad: 'red', doubtful: 'yellow', quiet: 'dim' } as const;

export const unpainted: Paint = (_tone, text) => text;

/** An output that may be a terminal. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly hasColors?: () => boolean;
}

/** Colours for a stream that shows them: a terminal, unless NO_COLOR is set (https://no-color.org). */
export function paintFor(stream: Screen): Paint {
  return hasColours(stream)
    ? (tone, text) => styleText(STYLES[tone], text, { validateStream: false })
    : unpainted;
}

export function hasColours(stream: Screen): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** A piece of a line in one look. */
export interface Piece {
  readonly text: string;
  /** Name of a colour of the terminal; undefined is the usual one. */
  readonly colour: string | undefined;
  readonly dim: boolean;
}

type Look = Omit<Piece, 'text'>;

const PLAIN: Look = { colour: undefined, dim: false };
const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

interface Screen {
  readonly write: (output: string) => void;
  readonly lines: () => Piece[][];
}

/**
 * What a terminal shows after some output: the sequences that log-update and styleText write (cursor up and down, start
 * of line, erase line, colours), and no others.
 */
export function createScreen(): Screen {
  /** Cells of one character each. */
  const rows: Piece[][] = [[]];
  let [row, column] = [0, 0];
  let look = PLAIN;

  const put = (text: string) => {
    const line = (rows[row] ??= []);
    while (line.length < column) line.push({ text: ' ', ...PLAIN });
    line[column] = { text, ...look };
    column += 1;
  };
  const control = (parameters: string, final: string) => {
    const count = Number(parameters || '1');
    if (final === 'A') row = Math.max(0, row - count);
    else if (final === 'B') row += count;
    else if (final === 'G') column = count - 1;
    else if (final === 'K') rows[row] = parameters === '2' ? [] : (rows[row] ?? []).slice(0, column);
    else if (final === 'm') look = lookAfter(look, Number(parameters));
  };
  return {
    write: (output) => {
      for (const [token, parameters = '', final] of output.matchAll(/\u{1B}\[\??([\d;]*)([a-zA-Z])|[^]/gu)) {
        if (final !== undefined) control(parameters, final);
        else if (token === '\r') column = 0;
        else if (token === '\n') row += 1;
        else put(token);
      }
    },
    lines: () => Array.from(rows, (line: Piece[] | undefined) => piecesOf(line ?? [])),
  };
}

function lookAfter(look: Look, code: number): Look {
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, dim: false };
  if (code === 39) return { ...look, colour: undefined };
  if (code >= 30 && code <= 37) return { ...look, colour: COLOURS[code - 30] };
  return code === 0 ? PLAIN : look;
}

function piecesOf(line: readonly Piece[]): Piece[] {
  const pieces: Piece[] = [];
  for (const cell of line) {
    const last = pieces.at(-1);
    if (last?.colour === cell.colour && last?.dim === cell.dim)
      pieces[pieces.length - 1] = { ...cell, text: `${last.text}${cell.text}` };
    else pieces.push(cell);
  }
  return pieces;
}

/**
 * Runs `cc-ci run custom-html` in a terminal and draws what it shows while the restore runs:
 * `node docs/cli-screenshot.ts [file]` writes docs/images/cli.svg. With a file (what `script` wrote of such a run) nothing
 * is run. The lines above the table are left out: ids, and a link that works once.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createScreen, type Piece } from './terminal-screen.ts';

const COMMAND = 'npx cc-ci run custom-html';
const MOMENT = /restore\s+running/;
/** Ends one update of the table. */
const DRAWN = '\u001B[?2026l';

const [ADVANCE, HEIGHT, MARGIN] = [8.4, 22, 18];
const COLOURS: Readonly<Record<string, string>> = { green: '#7ee787', yellow: '#e3b341', red: '#ff7b72' };
const [USUAL, QUIET, GROUND] = ['#e6edf3', '#8b949e', '#161b22'];
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

const frame = frameOf(readFileSync(process.argv[2] ?? record(), 'utf8'));
writeFileSync(fileURLToPath(new URL('images/cli.svg', import.meta.url)), draw(frame));

/** Runs the command in a terminal of 112 columns; returns the file with its output. */
function record(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cc-ci-cli-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'output');
  const argv = ['-qefc', `stty cols 112 rows 50; exec ${COMMAND}`, file];
  execFileSync('script', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  return file;
}

/** The last table that shows the moment, without what stands above it. */
function frameOf(output: string): Piece[][] {
  const screen = createScreen();
  let found: Piece[][] | undefined;
  for (const update of output.split(DRAWN)) {
    screen.write(update);
    const lines = screen.lines();
    if (lines.some((line) => MOMENT.test(line.map(({ text }) => text).join('')))) found = lines;
  }
  const start = found?.findIndex((line) => line[0]?.text.startsWith('custom-html ')) ?? -1;
  if (!found || start < 0) throw new Error('the run never showed a running restore');
  return found.slice(start).filter((line) => line.length > 0);
}

function draw(table: readonly Piece[][]): string {
  const prompt: Piece[] = [{ text: `$ ${COMMAND}`, colour: undefined, dim: true }];
  const lines = [prompt, ...table];
  const columns = Math.max(...lines.map((line) => line.reduce((sum, piece) => sum + sizeOf(piece), 0)));
  const [width, height] = [Math.ceil(columns * ADVANCE) + 2 * MARGIN, lines.length * HEIGHT + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>The live table of cc-ci run: each stage with its state and time</title>`,
    `<rect width="100%" height="100%" rx="10" fill="${GROUND}"/>`,
    `<g font-family="${FONTS}" font-size="14">`,
    ...lines.map((line, index) => drawLine(line, MARGIN + (index + 0.75) * HEIGHT)),
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function drawLine(line: readonly Piece[], y: number): string {
  let column = 0;
  return line
    .map((piece) => {
      const x = (MARGIN + column * ADVANCE).toFixed(1);
      column += sizeOf(piece);
      const fill = piece.dim ? QUIET : (COLOURS[piece.colour ?? ''] ?? USUAL);
      // Every font is given the same width, so that columns stay columns.
      const width = `textLength="${(sizeOf(piece) * ADVANCE).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
      return `<text x="${x}" y="${y}" fill="${fill}" ${width}>${escape(piece.text)}</text>`;
    })
    .join('');
}

function sizeOf({ text }: Piece): number {
  return Array.from(text).length;
}

function escape(text: string): string {
  // Spaces that are not collapsed.
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '\u00A0');
}

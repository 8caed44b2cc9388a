/** Text for a cell of a Markdown table or a line beside it: one line, at most `most` characters, no markup of its own. */
export function plainText(text: string, most = 160): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
  return short.replaceAll(/[\\`*_[\]<>|~#]/g, (mark) => `\\${mark}`);
}

/** A Markdown table; the cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

import { stripVTControlCharacters } from 'node:util';

const COLOUR = /(\u001b\[[0-9;]*m)/;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * What an app has logged, without anything that could move the cursor, change the title or fill the clipboard of whoever
 * reads it; colours stay where they are wanted.
 */
export function withoutControls(line: string, colours: boolean): string {
  if (!colours) return plain(line);
  const parts = line.split(COLOUR);
  const kept = parts.map((part, index) => (index % 2 === 1 ? part : plain(part))).join('');
  return parts.length > 1 ? `${kept}\u001b[0m` : kept;
}

function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROLS, '');
}

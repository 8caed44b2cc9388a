import { withoutControls } from './terminal-text.ts';

/** What a reason says in one line; what an app logged or a spec compared may stand below it. */
export function headlineOf(reason: string): string {
  return linesOf(reason)[0] ?? '';
}

/** The lines below the headlines of several reasons, indented; what more than one of them has stands there once. */
export function createBlocks(): (reason: string | undefined) => string[] {
  const shown = new Set<string>();
  return (reason = '') => {
    const lines = linesOf(reason).slice(1);
    const block = lines.join('\n');
    if (shown.has(block)) return [];
    shown.add(block);
    return lines.map((line) => `      ${line}`);
  };
}

function linesOf(reason: string): string[] {
  return reason
    .trimEnd()
    .split('\n')
    .map((line) => withoutControls(line, false).trimEnd());
}

import type { Block } from './markdown.ts';

/** Blocks that people copy into a shell. */
export const SHELL_LANGUAGES = ['sh', 'console'];

/**
 * Command lines of a block, each as its words: comments go, lines that end in `\` or `|` are joined, and each command of
 * a pipe stands by itself. In `console` only lines behind `$ ` are commands; the rest is what they print.
 */
export function commandsOf({ language, text }: Pick<Block, 'language' | 'text'>): string[][] {
  const lines =
    language === 'console'
      ? [...text.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line)
      : text
          .replaceAll(/\\\n\s*/g, ' ')
          .replaceAll(/\|\n\s*/g, '| ')
          .split('\n');
  return lines.flatMap((line) => splitWords(line)).filter((words) => words.length > 0);
}

function splitWords(line: string): string[][] {
  const commands: string[][] = [[]];
  // Quoted parts, separators, comments, bare words: enough for the lines of a manual.
  for (const [token] of line.matchAll(/(?:^|(?<=\s))#.*$|&&|\|\||[|;]|(?:"[^"]*"|'[^']*'|[^\s"'|;&])+|&/g)) {
    if (token.startsWith('#')) continue;
    if (['&&', '||', '|', ';', '&'].includes(token)) commands.push([]);
    else commands.at(-1)?.push(token.replaceAll(/(["'])(.*?)\1/g, '$2'));
  }
  // Variables in front of a command are no words of it.
  return commands.map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))));
}

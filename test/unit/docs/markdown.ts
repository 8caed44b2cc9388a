import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A fenced block: ```` ```sh run ```` has the language `sh` and the words `['run']`. */
export interface Block {
  readonly file: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
}

export interface Page {
  /** From the root of the clone. */
  readonly file: string;
  /** Without fenced blocks and comments; lines keep their numbers. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

/** Every page that is ours: not those of packages, of fixtures, or of a stack that runs here. */
export function readPages(): Page[] {
  const files = globSync('**/*.md', {
    cwd: ROOT,
    exclude: (name) =>
      ['node_modules', '.git', '.cc-ci', 'coverage', 'test-results'].includes(name) ||
      name === 'test/fixtures',
  });
  return files.toSorted().map((file) => parsePage(file, readFileSync(join(ROOT, file), 'utf8')));
}

export function parsePage(file: string, text: string): Page {
  const prose: string[] = [];
  const blocks: Block[] = [];
  let open: { line: number; info: string; indent: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (!open && !fence) prose.push(line);
    else prose.push('');
    if (!fence) open?.lines.push(line.slice(open.indent));
    else if (open) {
      const [language = '', ...words] = open.info.split(/\s+/);
      blocks.push({ file, line: open.line, language, words, text: open.lines.join('\n') });
      open = undefined;
    } else {
      const [, indent = '', info = ''] = fence;
      open = { line: index + 1, info: info.trim(), indent: indent.length, lines: [] };
    }
  }
  if (open) throw new Error(`${file}:${open.line}: the block is never closed`);
  return { file, prose: prose.join('\n').replaceAll(/<!--[^]*?-->/g, ''), blocks };
}

/** Anchors of the headings of a page as GitHub makes them: https://github.com/gjtorikian/html-pipeline. */
export function anchorsOf({ prose }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    let free = slug;
    for (let count = 1; anchors.has(free); count += 1) free = `${slug}-${count}`;
    anchors.add(free);
  }
  return anchors;
}

/** Targets of the links and pictures of a page, without those in code. */
export function targetsOf({ prose }: Page): { readonly target: string; readonly isImage: boolean }[] {
  const text = prose.replaceAll(/(`+)[^]*?\1/g, '');
  return [
    ...[...text.matchAll(/(!?)\[(?:[^\][]|\[[^\]]*\]\([^)]*\))*\]\(([^)\s]+)[^)]*\)/g)].map(
      ([, mark, target = '']) => ({ target, isImage: mark === '!' }),
    ),
    ...[...text.matchAll(/<img[^>]*\ssrc="([^"]+)"/g)].map(([, target = '']) => ({ target, isImage: true })),
  ];
}

/** Inline code of a page. */
export function spansOf({ prose }: Page): string[] {
  return [...prose.matchAll(/(`+)([^]*?)\1/g)].map(([, , text = '']) => text.trim().replaceAll('\n', ' '));
}

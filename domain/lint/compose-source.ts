import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { variablesIn } from '../interpolate.ts';
import type { SourceFile, SourcePlace } from '../source-map.ts';

export interface ParsedSource extends SourceFile {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

export interface VariableUse {
  readonly name: string;
  /** Has a default of its own, or is left out when unset. */
  readonly optional: boolean;
  readonly place: SourcePlace;
}

/** Aliases are never resolved here, so a document cannot grow while it is read. */
export function parseSources(files: readonly SourceFile[]): ParsedSource[] {
  return files.map((file) => {
    const lines = new LineCounter();
    const document = parseDocument(file.text, { lineCounter: lines, merge: true, logLevel: 'silent' });
    return { ...file, document, lines };
  });
}

export function placeAt(source: ParsedSource, offset: number): SourcePlace {
  return { file: source.name, line: Math.max(1, source.lines.linePos(offset).line) };
}

/** Every variable in keys and values of the compose files, comments aside, in order. */
export function variableUses(sources: readonly ParsedSource[]): VariableUse[] {
  const uses: VariableUse[] = [];
  for (const source of sources) {
    visit(source.document, {
      Scalar(_key, { value, range }) {
        if (typeof value !== 'string' || !range) return;
        let [at] = range;
        for (const { name, optional } of variablesIn(value)) {
          const next = source.text.indexOf(name, at);
          // A name that is written with escapes is not found, and gets the place of the one before.
          if (next >= 0 && next < range[1]) at = next;
          uses.push({ name, optional, place: placeAt(source, at) });
        }
      },
    });
  }
  return uses;
}

/** Value and place of a key at the top of the document. */
export function topLevelValue(
  { document }: ParsedSource,
  key: string,
): { value: string; offset: number } | undefined {
  const root = document.contents;
  if (!isMap(root)) return undefined;
  const pair = root.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (!pair || !isScalar(pair.key) || !isScalar(pair.value)) return undefined;
  return { value: String(pair.value.value), offset: pair.key.range?.[0] ?? 0 };
}

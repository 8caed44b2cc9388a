import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { interpolate } from './interpolate.ts';
import type { StackPath } from './policy-context.ts';

export interface SourceFile {
  /** As it is called in the checkout: `compose.yml`. */
  readonly name: string;
  readonly text: string;
}

export interface SourcePlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export type LocateSource = (path: StackPath, hints?: readonly string[]) => SourcePlace;

/**
 * Finds where a path of the rendered stack comes from. The file that has most of the path wins, of equals the last one,
 * as in merging; a part that no file has is answered with its nearest ancestor, else with line 1 of the first file.
 * Anchors, merge keys, list forms of maps and variables in keys are followed.
 */
export function createSourceMap(
  files: readonly SourceFile[],
  env: Readonly<Record<string, string>>,
): LocateSource {
  const sources = files.map((file) => {
    const lines = new LineCounter();
    const document = parseDocument(file.text, { lineCounter: lines, merge: true, logLevel: 'silent' });
    return { ...file, lines, document };
  });
  return (path, hints = []) => {
    let best = { file: files[0]?.name ?? 'compose.yml', line: 1, depth: 0 };
    for (const { name, text, lines, document } of sources) {
      const found = walk({ text, document, env }, path, hints);
      if (found.depth < best.depth || found.depth === 0) continue;
      best = { file: name, line: Math.max(1, lines.linePos(found.offset).line), depth: found.depth };
    }
    return { file: best.file, line: best.line };
  };
}

interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly env: Readonly<Record<string, string>>;
}

interface Found {
  readonly offset: number;
  readonly depth: number;
}

function walk(source: Source, path: StackPath, hints: readonly string[]): Found {
  let node: unknown = source.document.contents;
  let found: Found = { offset: 0, depth: 0 };
  for (const [depth, segment] of path.entries()) {
    const container = resolve(source, node);
    const step = isMap(container)
      ? stepIntoMap(source, container, String(segment))
      : isSeq(container)
        ? stepIntoList(source, container, segment, hints)
        : undefined;
    if (!step) return found;
    found = { offset: step.offset, depth: depth + 1 };
    node = step.node;
  }
  return found;
}

interface Step {
  readonly offset: number;
  readonly node: unknown;
}

function resolve(source: Source, node: unknown): unknown {
  return isAlias(node) ? node.resolve(source.document) : node;
}

function stepIntoMap(source: Source, map: YAMLMap, key: string, level = 0): Step | undefined {
  for (const pair of map.items) {
    if (!isScalar(pair.key)) continue;
    const name = String(pair.key.value);
    if (name === key || interpolate(name, source.env) === key) {
      return { offset: pair.key.range?.[0] ?? 0, node: pair.value };
    }
  }
  if (level > 8) return undefined;
  const merged = map.items.filter((pair) => isScalar(pair.key) && pair.key.source === '<<');
  for (const { value } of merged) {
    const target = resolve(source, value);
    for (const item of isSeq(target) ? target.items : [target]) {
      const inner = resolve(source, item);
      const step = isMap(inner) ? stepIntoMap(source, inner, key, level + 1) : undefined;
      if (step) return step;
    }
  }
  return undefined;
}

function stepIntoList(
  source: Source,
  list: YAMLSeq,
  segment: string | number,
  hints: readonly string[],
): Step | undefined {
  const items = list.items.map((item) => ({ item, text: textOf(source, item) }));
  const hit =
    typeof segment === 'string'
      ? items.find(({ text }) => new RegExp(`^["']?${literal(segment)}(["'=:]|$)`).test(text))
      : hints.length > 0
        ? items.find(({ text }) => hints.every((hint) => mentions(text, hint)))
        : items[segment];
  if (!hit || !isNode(hit.item)) return undefined;
  return { offset: hit.item.range?.[0] ?? 0, node: hit.item };
}

/** Source text of a node, with its variables filled in. */
function textOf(source: Source, item: unknown): string {
  const node = resolve(source, item);
  if (!isNode(node) || isPair(node) || !hasRange(node)) return '';
  return interpolate(source.text.slice(node.range[0], node.range[1]), source.env).trim();
}

function hasRange(node: Node): node is Node & { range: [number, number, number] } {
  return Array.isArray(node.range);
}

function mentions(text: string, hint: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9])${literal(hint)}(?![A-Za-z0-9])`).test(text);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

import { isAlias, isCollection, isNode, isPair, isScalar, type Document } from 'yaml';
import { interpolatedLength } from '../../../domain/interpolate.ts';

/** Values of a compose file with all aliases written out; real ones have some hundred. */
const MAX_VALUES = 20_000;
/** So many characters of a text, with its variables filled in, count as another value. */
const TEXT_UNIT = 64;
const MAX_DEPTH = 64;

export interface ExpansionFault {
  /** Where in the text the document gets too large. */
  readonly offset: number;
  readonly message: string;
}

/** Finds the place at which a document, with aliases and variables written out, grows beyond all measure. */
export function findExpansion(
  document: Document.Parsed,
  env: Readonly<Record<string, string>>,
): ExpansionFault | undefined {
  /** Size of what an anchor stands for; undefined while it is being measured. */
  const sizes = new Map<string, number | undefined>();
  let fault: ExpansionFault | undefined;

  const check = (size: number, node: unknown, message: string): number => {
    if (size > MAX_VALUES) fault ??= { offset: offsetOf(node), message };
    return size;
  };

  const measure = (node: unknown, depth: number): number => {
    if (fault) return 0;
    if (isPair(node)) return measure(node.key, depth) + measure(node.value, depth);
    if (!isNode(node)) return 0;
    if (depth > MAX_DEPTH) return check(Infinity, node, `nested more than ${MAX_DEPTH} levels`);
    if (isAlias(node)) {
      const size = sizes.get(node.source);
      if (size === undefined) return check(Infinity, node, 'the alias contains itself');
      return check(size, node, `aliases expand to more than ${MAX_VALUES} values`);
    }
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) sizes.set(anchor, undefined);
    const text = isScalar(node) && typeof node.value === 'string' ? node.value : '';
    const length = 1 + Math.floor(interpolatedLength(text, env) / TEXT_UNIT);
    let size = check(length, node, 'a text that is too long');
    for (const item of isCollection(node) ? node.items : []) {
      size = check(size + measure(item, depth + 1), item, `expands to more than ${MAX_VALUES} values`);
      if (fault) return 0;
    }
    if (anchor !== undefined) sizes.set(anchor, size);
    return size;
  };

  measure(document.contents, 0);
  return fault;
}

function offsetOf(item: unknown): number {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

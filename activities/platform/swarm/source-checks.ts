import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { interpolate } from '../../../domain/interpolate.ts';
import type { Refusal } from '../../../domain/plan.ts';
import type { SourceFile, SourcePlace } from '../../../domain/source-map.ts';
import { findExpansion } from './yaml-expansion.ts';
import { harnessVariables, isFault, readTreeFile } from './tree-files.ts';

const MAX_PATHS = 100;
/** Tags that every loader reads alike; `!!binary` and local tags could hide a path from these checks. */
const PLAIN_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq|merge)$/;
/** The forms in which a path may contain a variable. */
const PLAIN_VARIABLES = /^(?:[^$]|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*(?::?-[^${}]*)?\})*$/;

interface Place {
  readonly offset: number;
}

interface PathUse extends Place {
  readonly value: string;
}

type Report = (place: Place, finding: Pick<Refusal, 'code' | 'rule' | 'message'>) => void;

/**
 * Checks a compose file before the loader sees it: that it is one plain YAML document of bounded size, and that nothing
 * the loader would read by itself (env_file, include, extends) lies outside the checkout.
 */
export async function checkComposeFile(
  treeDir: string,
  file: SourceFile,
  env: Readonly<Record<string, string>>,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [...harnessVariables(file.name, file.text)];
  const lines = new LineCounter();
  const report: Report = ({ offset }, finding) => {
    refusals.push({ ...finding, file: file.name, line: Math.max(1, lines.linePos(offset).line) });
  };
  refusals.push(...foreignLineBreaks(file));
  if (refusals.length > 0) return refusals;
  const document = parse(file.text, lines);
  if (typeof document === 'string') {
    report({ offset: 0 }, { code: 'E_RENDER', rule: 'yaml-syntax', message: document });
    return refusals;
  }
  for (const { pos, message } of document.errors.slice(0, 3)) {
    const first = message.split('\n')[0] ?? message;
    report({ offset: pos[0] }, { code: 'E_RENDER', rule: 'yaml-syntax', message: first });
  }
  if (document.errors.length > 0) return refusals;
  checkTags(document, report);
  const expansion = findExpansion(document, env);
  if (expansion) {
    report(expansion, { code: 'E_RENDER', rule: 'yaml-expansion', message: expansion.message });
    return refusals;
  }
  const paths = pathsOf(document);
  const [first] = paths;
  if (first && paths.length > MAX_PATHS) {
    report(first, { code: 'E_RENDER', rule: 'file-count', message: `names more than ${MAX_PATHS} files` });
    return refusals;
  }
  for (const use of paths) {
    for (const { place, ...finding } of await checkPath(treeDir, use.value, env)) {
      if (place) refusals.push({ ...finding, ...place });
      else report(use, finding);
    }
  }
  return refusals;
}

/** Signs that end a line for Docker's parser and not for this one: what stands behind them would not be checked. */
function foreignLineBreaks({ name, text }: SourceFile): Refusal[] {
  const at = text.search(/\r(?!\n)|[\u0085\u2028\u2029]/);
  if (at < 0) return [];
  const line = text.slice(0, at).split('\n').length;
  const message = 'a line break other than LF or CRLF';
  return [{ code: 'E_RENDER', rule: 'yaml-line-break', file: name, line, message }];
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed | string {
  try {
    return parseDocument(text, { lineCounter, merge: true, logLevel: 'error' });
  } catch (error) {
    // A document that is nested deeply enough exhausts the stack of any parser.
    if (error instanceof RangeError) return 'the document is nested too deeply';
    throw error;
  }
}

function checkTags(document: Document.Parsed, report: Report): void {
  visit(document, {
    Node(_key, node) {
      if (isAlias(node) || node.tag === undefined || PLAIN_TAG.test(node.tag)) return;
      const message = `the tag ${node.tag} is not allowed`;
      report({ offset: node.range?.[0] ?? 0 }, { code: 'E_RENDER', rule: 'yaml-tag', message });
    },
  });
}

/** Every value of env_file, include and extends, wherever it stands: an anchor may carry it to a service. */
function pathsOf(document: Document.Parsed): PathUse[] {
  const found: PathUse[] = [];
  const collect = (value: unknown, keys: readonly string[]) => {
    const node = isAlias(value) ? value.resolve(document) : value;
    if (isScalar(node) && typeof node.value === 'string') {
      const place = isAlias(value) ? value : node;
      found.push({ value: node.value, offset: place.range?.[0] ?? 0 });
    } else if (isSeq(node)) {
      for (const item of node.items) collect(item, keys);
    } else if (isMap(node)) {
      for (const pair of node.items) {
        if (isScalar(pair.key) && keys.includes(String(pair.key.value))) collect(pair.value, keys);
      }
    }
  };
  visit(document, {
    Pair(_key, pair, ancestors) {
      const key = isAlias(pair.key) ? pair.key.resolve(document) : pair.key;
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === 'env_file') collect(pair.value, ['path']);
      if (name === 'include' && ancestors.length === 2)
        collect(pair.value, ['path', 'env_file', 'project_directory']);
      if (name === 'extends' && isMap(isAlias(pair.value) ? pair.value.resolve(document) : pair.value)) {
        collect(pair.value, ['file']);
      }
    },
  });
  return found;
}

type PathFinding = Pick<Refusal, 'code' | 'rule' | 'message'> & { place?: SourcePlace };

/** Findings without a place concern the path and not the file. */
async function checkPath(
  treeDir: string,
  value: string,
  env: Readonly<Record<string, string>>,
): Promise<PathFinding[]> {
  if (!PLAIN_VARIABLES.test(value)) {
    const message = 'only plain variables may stand in a path';
    return [{ code: 'E_POLICY', rule: 'path-dynamic', message }];
  }
  const name = interpolate(value, env);
  const read = await readTreeFile(treeDir, name);
  if (isFault(read)) return [read];
  return harnessVariables(name, read.text).map(({ file, line, ...finding }) => ({
    ...finding,
    place: { file, line },
  }));
}

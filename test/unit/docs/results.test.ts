import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resultsSchema } from '../../../domain/results.ts';
import { ROOT } from './markdown.ts';

/** The part of a JSON schema that the page speaks of. */
const nodeSchema = z.object({
  type: z.string().optional(),
  const: z.union([z.string(), z.number()]).optional(),
  enum: z.array(z.string()).optional(),
  format: z.string().optional(),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof nodeSchema>;

function typeOf(node: Node): string {
  if (node.const !== undefined) return String(node.const);
  if (node.anyOf) return node.anyOf.map((part) => typeOf(nodeSchema.parse(part))).join(' or ');
  if (node.type === 'array') return `${typeOf(nodeSchema.parse(node.items))}[]`;
  if (node.format === 'date-time') return 'ISO time';
  return node.type === 'integer' ? 'number' : String(node.type);
}

/** Every object of a schema by its path: `` for the document, `stages[]`, `stages[].specs`. */
function objectsOf(json: unknown, path = ''): [path: string, node: Node][] {
  const node = nodeSchema.parse(json);
  if (node.items !== undefined) return objectsOf(node.items, `${path}[]`);
  if (!node.properties) return [];
  const below = Object.entries(node.properties).flatMap(([key, value]) =>
    objectsOf(value, path === '' ? key : `${path}.${key}`),
  );
  return [[path, node], ...below];
}

interface Row {
  readonly key: string;
  readonly optional: boolean;
  readonly type: string;
  readonly meaning: string;
}

/** Rows of the tables `field | type | meaning` by the path that their heading names. */
function tablesOf(text: string): Map<string, Row[]> {
  const tables = new Map<string, Row[]>();
  for (const section of text.split(/^(?=#{1,2} )/m)) {
    const heading = section.slice(0, section.indexOf('\n'));
    const [, table] = /^\| field +\| type +\| meaning +\|\n\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(section) ?? [];
    if (table === undefined) continue;
    const paths =
      heading === '# results.json' ? [''] : [...heading.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    for (const path of paths) tables.set(path, table.trim().split('\n').flatMap(rowsOf));
  }
  return tables;
}

function rowsOf(line: string): Row[] {
  const [, names = '', type = '', meaning = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return [...names.matchAll(/`(\w+)(\??)`/g)].map(([, key = '', mark]) => ({
    key,
    optional: mark === '?',
    type,
    meaning,
  }));
}

const text = readFileSync(join(ROOT, 'docs/results.md'), 'utf8');
const tables = tablesOf(text);
const objects = objectsOf(z.toJSONSchema(resultsSchema));

describe('docs/results.md', () => {
  it('has a table for every object of the results, and no other', () => {
    expect(objects.length).toBeGreaterThan(12);
    expect([...tables.keys()].toSorted()).toEqual(objects.map(([path]) => path).toSorted());
  });

  it.each(objects)('tells of "%s" each field, its type and whether it may be absent', (path, node) => {
    const fields = Object.entries(node.properties ?? {}).map(([key, json]) => {
      const field = nodeSchema.parse(json);
      return { key, optional: !node.required.includes(key), type: typeOf(field) };
    });
    const rows = (tables.get(path) ?? []).map(({ key, optional, type }) => ({ key, optional, type }));
    const byKey = (a: { key: string }, b: { key: string }) => a.key.localeCompare(b.key);
    expect(rows.toSorted(byKey)).toEqual(fields.toSorted(byKey));
  });

  it.each(objects)(
    'says what the fields of "%s" mean, and names every value that they may have',
    (path, node) => {
      for (const { key, meaning } of tables.get(path) ?? []) {
        expect(meaning, key).toMatch(/\w+ \w+|`\w+`/);
        const values = nodeSchema.parse(node.properties?.[key]).enum ?? [];
        expect(
          values.filter((value) => !meaning.includes(`\`${value}\``)),
          key,
        ).toEqual([]);
      }
    },
  );
});

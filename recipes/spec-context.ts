import { readFileSync } from 'node:fs';
import { specContextSchema, type SpecContext } from '../domain/spec-context.ts';

let context: SpecContext | undefined;

/** What the runner was told. A file and no environment variable, because specs get an empty environment. */
export function readSpecContext(): SpecContext {
  context ??= specContextSchema.parse(
    JSON.parse(readFileSync(new URL('../context.json', import.meta.url), 'utf8')),
  );
  return context;
}

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { environmentSchema, type Environment } from '../../domain/plan.ts';
import type { HostPaths } from './paths.ts';
import { readDocument } from './read-document.ts';
import { writeDurably } from './write-durably.ts';

const recordSchema = z.object({
  environment: environmentSchema,
  /** When it was first acted on: after the start of its run, before anything of it existed. */
  at: z.iso.datetime(),
});
export type EnvironmentRecord = z.infer<typeof recordSchema>;

/**
 * Writes down what an environment is before anything of it is created. Whoever finds its leftovers knows them by that,
 * even if everything else that knew of it is gone.
 */
export async function recordEnvironment(paths: HostPaths, environment: Environment): Promise<void> {
  const { record } = paths.environment(environment.id);
  if (existsSync(record)) return;
  const content: EnvironmentRecord = { environment, at: new Date().toISOString() };
  await writeDurably(record, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Undefined when there is none, or none that can be read. */
export async function readEnvironmentRecord(
  paths: HostPaths,
  id: string,
): Promise<EnvironmentRecord | undefined> {
  const record = await readDocument(paths.environment(id).record, recordSchema);
  return record?.environment.id === id ? record : undefined;
}

import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readLines } from './json-lines.ts';

const at = z.iso.datetime();

const intentSchema = z.object({
  kind: z.literal('intent'),
  at,
  deployId: z.string(),
  /** Role of the app in its environment. */
  app: z.string(),
  /** Commit that is deployed. */
  version: z.string(),
  chaos: z.boolean(),
  /** SHA-256 of the rendered bytes. */
  contentHash: z.string(),
  /** `create`: nothing of the app was deployed before. `update`: an upgrade in place, which is not a further deploy. */
  change: z.enum(['create', 'update']),
});

const entrySchema = z.discriminatedUnion('kind', [
  intentSchema,
  /** The intent was given up before anything of it was created. */
  z.object({ kind: z.literal('superseded'), at, deployId: z.string() }),
  /** Everything the intent names has been created. */
  z.object({ kind: z.literal('applied'), at, deployId: z.string() }),
  /** All services of the deploy were seen settled for the first time. */
  z.object({ kind: z.literal('converged'), at, deployId: z.string() }),
  z.object({ kind: z.literal('attempt'), at, operation: z.string(), app: z.string() }),
  z.object({ kind: z.literal('image'), at, image: z.string(), digest: z.string() }),
  z.object({ kind: z.literal('note'), at, text: z.string() }),
]);
export type LedgerEntry = z.infer<typeof entrySchema>;
export type Intent = z.infer<typeof intentSchema>;

/** An entry without its time, which is added when it is written. */
export type NewEntry = LedgerEntry extends infer Entry
  ? Entry extends LedgerEntry
    ? Omit<Entry, 'at'>
    : never
  : never;

/** Appends an entry; when this resolves it survives a crash of the machine. */
export async function appendLedger(path: string, entry: NewEntry): Promise<LedgerEntry> {
  const complete = entrySchema.parse({ ...entry, at: new Date().toISOString() });
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  try {
    // Begins with a newline after a torn line, so that the tear costs one entry and not two.
    await file.appendFile(`${(await endsTorn(file)) ? '\n' : ''}${JSON.stringify(complete)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
  return complete;
}

/**
 * The entries in the order in which they were written; none when there is no ledger. A line that a crash cut short was
 * never acknowledged, so it is left out; any other malformed entry is an error.
 */
export async function readLedger(path: string): Promise<readonly LedgerEntry[]> {
  return (await readLines(path)).map((line) => entrySchema.parse(line));
}

/** Intents of an app that still hold, oldest first. */
export function intentsOf(entries: readonly LedgerEntry[], app?: string): readonly Intent[] {
  const given = new Set(entries.flatMap((entry) => (entry.kind === 'superseded' ? [entry.deployId] : [])));
  return entries.filter(
    (entry): entry is Intent =>
      entry.kind === 'intent' && !given.has(entry.deployId) && (app === undefined || entry.app === app),
  );
}

/** How often apps were deployed anew; resumed deploys and upgrades in place do not count (spec R-01). */
export function deployCount(entries: readonly LedgerEntry[]): number {
  const created = intentsOf(entries).filter((intent) => intent.change === 'create');
  return new Set(created.map((intent) => intent.deployId)).size;
}

async function endsTorn(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last.toString() !== '\n';
}

/** A new file survives a crash only when its folder has been written as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ERROR_CODES } from '../../../domain/error-codes.ts';
import { isErrorCode, type ErrorCode } from '../../../domain/errors.ts';
import { ownedSchema } from '../../../domain/results.ts';

const codeSchema = z.custom<ErrorCode>(isErrorCode, `one of ${Object.keys(ERROR_CODES).length} codes E_*`);

/** How one call behaves. */
export const dummyStepSchema = z.strictObject({
  /** Only calls for this recipe; all calls when absent. */
  recipe: z.string().optional(),
  /** Only so many calls, the first ones; all calls when absent. */
  times: z.number().int().optional(),
  /** Milliseconds before the call has an effect. */
  delayMs: z.number().optional(),
  /** The call has no effect and rejects with this code. */
  fail: codeSchema.optional(),
  message: z.string().optional(),
  /** The call has its effect and never returns, until it is aborted or its process dies. */
  crash: z.boolean().optional(),
  /** Removals: so many objects stay, this time. */
  leak: z.number().int().optional(),
});
export type DummyStep = z.infer<typeof dummyStepSchema>;

const objectSchema = ownedSchema.extend({
  instance: z.string(),
  runId: z.string(),
  environmentId: z.string(),
  stack: z.string(),
  deployId: z.string().optional(),
  image: z.string().optional(),
});
export type DummyObject = z.infer<typeof objectSchema>;

export const dummyStateSchema = z.object({
  /** Steps by method of the platform; the first that applies counts. */
  steps: z.record(z.string(), z.array(dummyStepSchema)).default({}),
  objects: z.array(objectSchema).default([]),
  /** Files in volumes by `<stack>/<path>`. */
  files: z.record(z.string(), z.string()).default({}),
  /** Files of snapshots by the snapshot's id. */
  snapshots: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** What was made, changed and removed, in order. */
  changes: z
    .array(
      z.object({
        action: z.enum(['create', 'update', 'remove']),
        kind: z.string(),
        name: z.string(),
        environmentId: z.string(),
      }),
    )
    .default([]),
  /** Every call in order, as `deploy custom-html`. */
  calls: z.array(z.string()).default([]),
});
export type DummyState = z.infer<typeof dummyStateSchema>;

/** Reads and changes the state in one step, so that several processes may share it. */
export type ChangeState = <T>(change: (state: DummyState) => T) => T;

export function stateInMemory(initial: Partial<DummyState>): ChangeState {
  const state = dummyStateSchema.parse(initial);
  return (change) => change(state);
}

/** State in a JSON file; a test steers by writing `steps` into it. Everything is synchronous: no other call gets in between. */
export function stateInFile(path: string, initial: Partial<DummyState>): ChangeState {
  return (change) =>
    locked(`${path}.lock`, () => {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : JSON.stringify(initial);
      const state = dummyStateSchema.parse(JSON.parse(text));
      const result = change(state);
      writeFileSync(`${path}.${process.pid}`, JSON.stringify(state, undefined, 2));
      renameSync(`${path}.${process.pid}`, path);
      return result;
    });
}

/** Far longer than a change takes: the owner of an older lock has been killed. */
const STALE_MS = 2000;

function locked<T>(lock: string, body: () => T): T {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > STALE_MS) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    return body();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

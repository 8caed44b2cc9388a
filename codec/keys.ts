import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const KEY_BYTES = 32;

const keyFileSchema = z
  .strictObject({
    active: z.string(),
    keys: z.record(
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a key id is letters, digits, "-" and "_"'),
      z.base64().refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, {
        error: `a key is the base64 of ${KEY_BYTES} bytes`,
      }),
    ),
  })
  .refine((file) => Object.hasOwn(file.keys, file.active), {
    error: 'the active key is not among the keys',
    path: ['active'],
  });

/** Keys by id, each of 32 bytes; new payloads are encrypted with the active one. */
export interface KeyRing {
  readonly active: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** The key file cannot be used. The message names the file and the fault, never a key. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/** Parses the content of a key file: `{"active": "k1", "keys": {"k1": "<base64 of 32 bytes>"}}`. */
export function parseKeys(text: string, where: string): KeyRing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message would quote the content.
    throw new KeysError(`the key file ${where} is not JSON`);
  }
  const parsed = keyFileSchema.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
    throw new KeysError(`the key file ${where} is not valid: ${faults.join('; ')}`);
  }
  const keys = Object.entries(parsed.data.keys).map(([id, key]) => [id, Buffer.from(key, 'base64')] as const);
  return { active: parsed.data.active, keys: new Map(keys) };
}

/** Reads the key file; refuses one that others than its owner can read. */
export function readKeys(path: string): KeyRing {
  let mode: number;
  let text: string;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KeysError(`the key file ${path} cannot be read`, { cause });
  }
  if ((mode & 0o077) !== 0) {
    throw new KeysError(`the key file ${path} is open to others; run chmod 600 on it and replace the keys`);
  }
  return parseKeys(text, path);
}

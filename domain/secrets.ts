import type { ComposeStack } from './compose.ts';
import type { EnvEntry, TextFault } from './env-file.ts';

export const CHARSETS = {
  default: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  special: '!@#$%^&*()_-+={}[]|:;"\'<>,.?/~',
  safespecial: '!@#%^&*_-+=',
} as const;
export type Charset = keyof typeof CHARSETS;

/**
 * Length of a secret whose sample names none. abra makes a passphrase of words there; 40 letters and digits are as
 * acceptable to every app and need no word list.
 */
const DEFAULT_LENGTH = 40;
const MAX_LENGTH = 4096;

/** A swarm secret that an app needs before it can be deployed. Never holds a value. */
export interface SecretSpec {
  /** Name without stack and version: `db_password`. */
  readonly name: string;
  readonly version: string;
  /** Name in swarm: `<stack>_db_password_v1`. */
  readonly swarmName: string;
  readonly length: number;
  /** Sets whose union the characters are drawn from. */
  readonly charsets: readonly Charset[];
  /** False: the recipe's operator provides the value, abra refuses to make one. */
  readonly generate: boolean;
}

interface Modifiers {
  readonly length: number;
  readonly charsets: readonly Charset[];
  readonly generate: boolean;
}

/** `SECRET_<NAME>_VERSION` of the env sample with the modifiers in its comment, by lower-case name. */
export function secretModifiers(entries: readonly EnvEntry[]): {
  byName: ReadonlyMap<string, Modifiers>;
  faults: readonly TextFault[];
} {
  const byName = new Map<string, Modifiers>();
  const faults: TextFault[] = [];
  for (const { key, comment, line } of entries) {
    const name = /^SECRET_(.+)_VERSION$/.exec(key)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    const read = readModifiers(comment);
    if (typeof read === 'string') faults.push({ line, message: read });
    else byName.set(name, read);
  }
  return { byName, faults };
}

function readModifiers(comment: string): Modifiers | string {
  const settings = new Map(
    [...comment.matchAll(/\b(length|charset|generate)\s*=\s*([^\s#]+)/g)].map(([, key, value]) => [
      key,
      value,
    ]),
  );
  const length = settings.get('length');
  if (
    length !== undefined &&
    !(/^\d+$/.test(length) && Number(length) >= 1 && Number(length) <= MAX_LENGTH)
  ) {
    return `length=${length} is not a number from 1 to ${MAX_LENGTH}`;
  }
  const charsets = (settings.get('charset') ?? 'default').split(',');
  if (!charsets.every(isCharset)) return `charset=${charsets.join(',')} is not known`;
  return {
    length: length === undefined ? DEFAULT_LENGTH : Number(length),
    charsets,
    generate: settings.get('generate') !== 'false',
  };
}

function isCharset(name: string): name is Charset {
  return Object.hasOwn(CHARSETS, name);
}

/** The secrets of the app's own that its services mount and that swarm must hold before the deploy. */
export function secretSpecs(
  stack: ComposeStack,
  stackName: string,
  entries: readonly EnvEntry[],
): readonly SecretSpec[] {
  const { byName } = secretModifiers(entries);
  const used = new Set(
    Object.values(stack.services).flatMap(({ secrets }) => (secrets ?? []).map(({ source }) => source)),
  );
  const specs = new Map<string, SecretSpec>();
  for (const [key, secret] of Object.entries(stack.secrets)) {
    const swarmName = secret.name ?? key;
    const prefix = `${stackName}_`;
    if (!used.has(key) || !secret.external || !swarmName.startsWith(prefix)) continue;
    const rest = swarmName.slice(prefix.length);
    const at = rest.lastIndexOf('_');
    const name = at < 0 ? rest : rest.slice(0, at);
    const modifiers = byName.get(name.replaceAll('-', '_').toLowerCase());
    specs.set(swarmName, {
      name,
      version: at < 0 ? '' : rest.slice(at + 1),
      swarmName,
      length: modifiers?.length ?? DEFAULT_LENGTH,
      charsets: modifiers?.charsets ?? ['default'],
      generate: modifiers?.generate ?? true,
    });
  }
  return [...specs.values()].sort((a, b) => (a.swarmName < b.swarmName ? -1 : 1));
}

/** A random value for the secret, every character equally likely. `randomBytes` must be cryptographically strong. */
export function generateSecret(
  spec: Pick<SecretSpec, 'length' | 'charsets'>,
  randomBytes: (count: number) => Uint8Array,
): string {
  const alphabet = [...new Set(spec.charsets.map((name) => CHARSETS[name]).join(''))];
  // Bytes at or above the last multiple of the alphabet's size would favour its first characters.
  const limit = 256 - (256 % alphabet.length);
  let value = '';
  while (value.length < spec.length) {
    for (const byte of randomBytes(spec.length - value.length)) {
      if (byte < limit) value += alphabet[byte % alphabet.length] ?? '';
    }
  }
  return value;
}

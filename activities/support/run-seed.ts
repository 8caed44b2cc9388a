import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors.ts';
import { readFileIfAny } from './environment-files.ts';
import type { Operation } from './operation.ts';
import type { HostPaths } from './paths.ts';

const TIMEOUT_MS = 30_000;
const BYTES = 24;

/** The first one stays: of two who make it at once, both get the same. */
const KEEP_FIRST = `
umask 077
mkdir -p -- "\${1%/*}" && cat > "$1.$$" && sync -- "$1.$$" || exit 1
ln -- "$1.$$" "$1" 2>/dev/null
rm -f -- "$1.$$"
test -s "$1"`;

/**
 * The secret of an environment from which recipes derive the passwords of accounts that they make; drawn once, the same in
 * every stage and for every app. Unlike the value of the markers it follows from nothing that is public.
 */
export async function runSeed(paths: Pick<HostPaths, 'environment'>, operation: Operation): Promise<string> {
  const file = join(paths.environment(operation.environment.id).private, 'seed');
  if ((await readFileIfAny(file)) === undefined) {
    const input = randomBytes(BYTES).toString('hex');
    await operation.run(['/bin/sh', '-c', KEEP_FIRST, 'seed', file], { input, timeoutMs: TIMEOUT_MS });
  }
  const seed = await readFileIfAny(file);
  if (seed === undefined) throw new CodedError('E_INTERNAL', 'the seed of the environment is gone');
  operation.hide(seed);
  return seed;
}
